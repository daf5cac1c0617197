"""What can go wrong when the stack is brought up or down, said so that the reader knows what to do next."""


class StackError(Exception):
    """The stack cannot do what was asked. The message is for the person at the keyboard."""
