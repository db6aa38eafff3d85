"""A rich package: notes of every form, long and short, wide and tall, in many scripts."""

import shutil

from tests.helpers.images import make_drawing
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

PICTURES = {"screen": (1600, 900), "corridor": (400, 2400), "sign": (48, 48)}


def write_rich_package(trainer: Trainer, *, language: str = "") -> None:
    """Write the package ``content/rich``, with its pictures and a sound."""
    shutil.copytree(CASES / "rich", trainer.folder, dirs_exist_ok=True)
    if language:
        with (trainer.folder / "content/rich/package.toml").open("a", encoding="utf-8") as file:
            file.write(f'language = "{language}"\n')
    for name, size in PICTURES.items():
        trainer.write(f"content/rich/media/{name}.png", make_drawing(*size))
    shutil.copy(CASES / "media/greeting.mp3", trainer.folder / "content/rich/media")
