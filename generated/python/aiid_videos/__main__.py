"""Starts the command; what it needs is installed by the extra ``cli``."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command."""
    try:
        from ._cli import command
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("error: the command needs click: pip install 'aiid-videos[cli]'")
    command(prog_name="aiid-videos")


if __name__ == "__main__":
    main()
