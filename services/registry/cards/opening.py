"""What registry's api must have before it serves: a key to sign cards with, and what it prints with."""

from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from shared.files.press import open_press
from shared.settings import Settings


def open_printing(app: FastAPI, settings: Settings) -> AbstractAsyncContextManager[None]:
    """For the api's lifespan. Raises SystemExit: found out at the start, not by whoever prints first."""
    if settings.card_key is None:
        raise SystemExit("this service signs cards: SONGTOR_CARD_KEY is needed")
    return open_press(app, settings)
