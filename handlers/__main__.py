"""``python -m handlers`` starts the server."""

import sys

from handlers.server import main

if __name__ == "__main__":
    sys.exit(main())
