"""The contract: what the services tell each other, and nothing else that they share. One module per service that says it;
`catalogue` knows all of it, `documents` writes it down."""
