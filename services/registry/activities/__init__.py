"""Registry's part about trainings, meetings, publicity, visits."""
