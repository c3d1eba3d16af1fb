"""Edits of a page, each with the differences that it has to make: kind, who has it, and what it is about."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from tests.source_page.pages import NOTHING, PageField, ReferencePage

Expected = set[tuple[str, str, str]]
PageEdit = Callable[[ReferencePage], Expected]


@frozen
class PageChange:
    name: str
    edit: PageEdit
    applies: bool


CHANGES: list[PageChange] = []


def change(*, applies: bool = False) -> Callable[[PageEdit], PageEdit]:
    """List an edit; `applies` says that --apply takes all of it over."""

    def decorate(edit: PageEdit) -> PageEdit:
        CHANGES.append(PageChange(edit.__name__, edit, applies))
        return edit

    return decorate


def enumeration(fields: list[PageField]) -> PageField:
    return next(each for each in fields if each.options)


def plain(fields: list[PageField], *, required: bool = False, shown: bool = False, of: str = "") -> PageField:
    """The first field that is neither an enumeration nor a part of another one."""
    return next(
        each
        for each in fields
        if each.required == required and not each.options and "." not in each.name
        and (each.example is not NOTHING) == shown and (not of or each.type == of)
    )  # fmt: skip


@change(applies=True)
def a_new_model_in_the_middle(page: ReferencePage) -> Expected:
    model = enumeration(page.request)
    model.options.insert(3, "a-new-model-3.5")
    return {("value", "source", f"the request's `{model.name}`")}


@change(applies=True)
def two_new_models_at_the_end(page: ReferencePage) -> Expected:
    model = enumeration(page.request)
    model.options += ["next-1", "next-2"]
    return {("value", "source", f"the request's `{model.name}`")}


@change(applies=True)
def a_new_first_model(page: ReferencePage) -> Expected:
    model = enumeration(page.request)
    model.options.insert(0, "first")
    return {("value", "source", f"the request's `{model.name}`")}


@change()
def a_model_gone(page: ReferencePage) -> Expected:
    model = enumeration(page.request)
    del model.options[5]
    return {("value", "contract", f"the request's `{model.name}`")}


@change()
def a_field_gone(page: ReferencePage) -> Expected:
    gone = plain(page.request, shown=True)
    page.request.remove(gone)
    del page.sample[gone.name]
    return {("field", "contract", f"the request's `{gone.name}`")}


@change()
def a_required_field_gone(page: ReferencePage) -> Expected:
    gone = next(each for each in page.request if each.required)
    page.request.remove(gone)
    del page.sample[gone.name]
    element = f"`{gone.name}`"
    return {("field", "contract", f"the request's {element}"), ("sample", "contract", f"the sample's {element}")}


@change()
def another_type(page: ReferencePage) -> Expected:
    changed = plain(page.request, of="integer", shown=True)
    changed.type = "number"
    return {("type", "both", f"the request's `{changed.name}`")}


@change()
def required_now(page: ReferencePage) -> Expected:
    changed = plain(page.request)
    changed.required = True
    return {("required", "both", f"the request's `{changed.name}`")}


@change()
def no_longer_required(page: ReferencePage) -> Expected:
    changed = plain(page.request, required=True)
    changed.required = False
    return {("required", "both", f"the request's `{changed.name}`")}


@change(applies=True)
def another_example(page: ReferencePage) -> Expected:
    changed = plain(page.request, of="integer", shown=True)
    changed.example = changed.example - 1
    page.sample[changed.name] = str(changed.example)
    return {("example", "both", f"the request's `{changed.name}`")}


@change()
def an_example_gone(page: ReferencePage) -> Expected:
    changed = plain(page.request, of="integer", shown=True)
    changed.example = NOTHING
    page.sample[changed.name] = "<integer>"
    return {("example", "contract", f"the request's `{changed.name}`")}


@change()
def deprecated_now(page: ReferencePage) -> Expected:
    changed = plain(page.request)
    changed.deprecated = True
    return {("deprecated", "both", f"the request's `{changed.name}`")}


@change()
def a_default(page: ReferencePage) -> Expected:
    changed = plain(page.request, of="integer", shown=True)
    changed.default = 7
    return {("default", "both", f"the request's `{changed.name}`")}


@change(applies=True)
def a_new_status(page: ReferencePage) -> Expected:
    status = enumeration(page.answer)
    status.options.insert(2, "cancelled")
    return {("value", "source", f"the answer's `{status.name}`")}


@change(applies=True)
def new_fields_of_every_kind(page: ReferencePage) -> Expected:
    made = [
        PageField("new_text", "string", required=False, example="hello"),
        PageField("new_flag", "boolean", required=False, default=False),
        PageField("new_file", "file", required=False),
        PageField("new_list", "string[]", required=False, example=["a", "b"]),
        PageField("new_files", "file[]", required=False),
        PageField("new_object", "object", required=False),
        PageField("new_object.inner", "integer", required=True),
        PageField("new_choice", "enum<string>", required=True, options=["low", "high"], example="low"),
        PageField("new_address", "string<uri>", required=False),
        PageField("new_either", "string | null", required=False),
        PageField("file", "string", required=False),
    ]
    page.request[4:4] = made
    page.sample |= {each.name: "<string>" for each in made if "." not in each.name and each.example is NOTHING}
    page.sample["new_choice"] = "low"
    return {("field", "source", f"the request's `{each.name}`") for each in made if "." not in each.name}


@change(applies=True)
def a_new_field_in_the_answer(page: ReferencePage) -> Expected:
    assert isinstance(page.example, dict)
    page.answer.insert(3, PageField("cost", "number", required=True, example=0.5))
    page.example["cost"] = 0.5
    return {("field", "source", "the answer's `cost`"), ("answer-example", "both", "the answer's example")}


@change()
def a_field_of_the_answer_gone(page: ReferencePage) -> Expected:
    gone = page.answer.pop(next(i for i, each in enumerate(page.answer) if not each.required and "." not in each.name))
    return {("field", "contract", f"the answer's `{gone.name}`")}


@change(applies=True)
def another_example_answer(page: ReferencePage) -> Expected:
    assert isinstance(page.example, dict)
    first, *_, last = page.example
    page.example[first] = "another"
    del page.example[last]
    return {("answer-example", "both", "the answer's example")}


@change()
def no_example_answer(page: ReferencePage) -> Expected:
    # What the answer's fields show of their own stays as it is.
    page.example = NOTHING
    return {("answer-example", "contract", "the answer's example")}


@change()
def a_field_in_the_sample_alone(page: ReferencePage) -> Expected:
    page.sample["only_here"] = "1"
    return {("sample", "source", "the sample's `only_here`")}


@change()
def a_sample_that_cannot_be_sent(page: ReferencePage) -> Expected:
    changed = plain(page.request, of="integer", shown=True)
    page.sample[changed.name] = "wide"
    return {("sample", "both", f"the sample's `{changed.name}`")}


@change()
def another_server(page: ReferencePage) -> Expected:
    page.server = "https://elsewhere.example/api"
    return {("server", "source", "the server")}


@change()
def another_way_to_say_who_calls(page: ReferencePage) -> Expected:
    page.credential = "X-Key"
    page.word = ""
    return {("credential", "both", "the credential")}


@change()
def json_in_place_of_a_form(page: ReferencePage) -> Expected:
    page.media = "application/json"
    page.sample = {each.name: "<string>" for each in page.request if "." not in each.name}
    shown = [each for each in page.request if each.example is not NOTHING]
    assert shown
    return {("media", "source", "the request's media type"), ("media", "contract", "the request's media type")}


@change()
def another_path(page: ReferencePage) -> Expected:
    page.path = "/v2/else"
    return {("operation", "source", "the operation"), ("operation", "contract", "the operation")}
