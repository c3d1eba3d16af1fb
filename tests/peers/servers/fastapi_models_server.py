"""A correct server on FastAPI that declares its form as a model: pydantic judges it, and FastAPI words the refusals."""

from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, File, Form, Header, HTTPException, UploadFile
from judging import CHALLENGE, TERMS, is_authorised, make_job
from pydantic import BaseModel, Field, Json, create_model

app = FastAPI()
TYPES: dict[str, Any] = {
    "text": str,
    "integer": int,
    "texts": list[str],
    "object": Json[dict[str, Any]],
    "objects": list[Json[dict[str, Any] | list[dict[str, Any]]]],
    "file": Annotated[UploadFile, File()],
    "any": UploadFile | str,
}


def declared(rule: dict[str, Any]) -> tuple[Any, Any]:
    """A field of the model: its type, and its limits."""
    kind: Any = Literal[tuple(rule["enum"])] if "enum" in rule else TYPES[rule["kind"]]
    limits: Any = {"ge": rule.get("minimum"), "min_length": rule.get("minLength")}
    return (kind, Field(**limits)) if rule["required"] else (kind | None, Field(None, **limits))


fields: Any = {name: declared(rule) for name, rule in TERMS["fields"].items()}
Wanted = create_model("Wanted", **fields)


def authorised(authorization: Annotated[str | None, Header()] = None) -> None:
    """Refuse whoever does not show the key."""
    if not is_authorised(authorization):
        raise HTTPException(401, "a valid API key is required", CHALLENGE)


@app.api_route(TERMS["path"], methods=[TERMS["method"]], dependencies=[Depends(authorised)])
async def create(
    wanted: Annotated[Wanted, Form(media_type=TERMS["media_type"])],  # type: ignore[valid-type]  # made at run time
) -> dict[str, Any]:
    """Make a job."""
    given = BaseModel.model_dump(wanted, exclude_none=True)
    return make_job({name: [str(value)] for name, value in given.items()})
