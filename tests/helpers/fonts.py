"""The fonts of pictures and tests of looks, whatever else is installed on the machine."""

from pathlib import Path

PACKAGES = ("fonts-noto-core", "fonts-noto-mono")
SETTINGS = Path(__file__).with_name("fonts.conf")
_FOLDER = Path("/usr/share/fonts/truetype/noto")


def fonts_environment() -> dict[str, str]:
    """Return the environment in which a browser knows these fonts alone, where they are there."""
    return {"FONTCONFIG_FILE": str(SETTINGS)} if are_there() else {}


def are_there() -> bool:
    return all(
        (_FOLDER / f"{name}.ttf").exists()
        for name in ("NotoSans-Regular", "NotoSans-Bold", "NotoSerif-Regular", "NotoSansMono-Bold")
    )
