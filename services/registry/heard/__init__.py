"""What registry heard of needs and help, to show beside the volunteers and the mobile service units that they came from."""
