"""The TypeScript client: types by openapi-ts, everything else from templates that are filled from the contract."""

from scripts.generator.typescript.project import write_typescript

__all__ = ["write_typescript"]
