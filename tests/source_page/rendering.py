"""The forms and languages in which a page may have been saved. All words are ours."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from tests.source_page.pages import NOTHING, PageField, ReferencePage


@frozen
class Tongue:
    """What a site calls its parts in one language, and sentences that are in a reader's way."""

    required: str
    deprecated: str
    options: str
    example: str
    credential: str
    parameters: str
    body: str
    answer: str
    lengths: tuple[str, str]
    prose: tuple[str, ...]


# Full-width punctuation, as Chinese has it.
COLON, COMMA = "\uff1a", "\uff0c"

TONGUES: Mapping[str, Tongue] = {
    "en": Tongue(
        *("required", "deprecated", "Available options:", "Example:"),
        *("Authorizations", "Query Parameters", "Body", "Response"),
        ("Minimum string length", "Maximum string length"),
        ("Set this if you like", "One of these: a, b, c. The default does well."),
    ),
    "vi": Tongue(
        *("bắt buộc", "không dùng nữa", "Tùy chọn có sẵn:", "Ví dụ:"),
        *("Ủy quyền", "Tham số truy vấn", "Nội dung", "Phản hồi"),
        ("Độ dài chuỗi tối thiểu", "Độ dài chuỗi tối đa"),
        ("Đặt nếu cần", "Nên chọn: x, y, z. Hoặc để trống."),
    ),
    "zh": Tongue(
        *("必填", "已弃用", f"可用选项{COLON}", f"示例{COLON}"),
        *("授权", "查询参数", "请求体", "响应"),
        ("最小字符串长度", "最大字符串长度"),
        ("按需设置", f"例如选择{COLON}一{COMMA}二{COMMA}三。"),
    ),
    "ja": Tongue(
        *("必須", "非推奨", "利用可能なオプション:", "例:"),
        *("認証", "クエリパラメータ", "ボディ", "レスポンス"),
        ("最小文字数", "最大文字数"),
        ("必要なら設定", "次のいずれか: イ、ロ。"),
    ),
    # In no list of labels: the page's structure has to do.
    "hu": Tongue(
        *("kötelező", "deprecated", "Választható értékek:", "Példa:"),
        *("Hitelesítés", "Lekérdezés", "Törzs", "Válasz"),
        ("Legalább", "Legfeljebb"),
        ("Igény szerint állítható", "Az alábbiak egyike: a, b. Elhagyható."),
    ),
}


def as_text(page: ReferencePage, tongue: Tongue) -> str:
    """The page as it comes out of a browser's selection."""
    steps = "\n/\n".join(page.path.strip("/").split("/"))
    lines = ["Skip to content", page.method, "/", *steps.split("\n"), "A title", *curl(page).split("\n")]
    if page.example is not NOTHING:
        lines += json.dumps(page.example, indent=2, ensure_ascii=False).split("\n")
    lines += ["", tongue.credential, "", page.credential, "string", "header", tongue.required, "", tongue.prose[1]]
    for title, fields in _sections(page, tongue):
        lines += ["", title, ""]
        if title == tongue.answer and (len(page.statuses) > 1 or not page.answer):
            lines += [*page.statuses, "application/json", "", tongue.prose[0], ""]
        for index, each in enumerate(fields):
            lines += _text_field(each, index, tongue)
    return "\n".join(lines)


def _text_field(each: PageField, index: int, tongue: Tongue) -> list[str]:
    lines = [each.name, each.type, *_marks(each, tongue)]
    said = [["", tongue.prose[index % 2], ""]] if index % 3 else []
    if each.options:
        said.append(["", tongue.options, *(f"{value}," for value in each.options[:-1]), str(each.options[-1])])
    if each.example is not NOTHING:
        said.append([tongue.example, "", json.dumps(each.example, ensure_ascii=False), ""])
    said += [[line] for line in limits(each, tongue)]
    # Without anything below its head, a field is followed by the next one at once.
    return [*lines, *(["", *(line for block in said for line in block), ""] if said else [])]


def as_html(page: ReferencePage, tongue: Tongue) -> str:
    """The page as a browser saves it: the parts of a field's head are elements without space between them."""
    parts = [
        '<!DOCTYPE html><html><head><title>POST /nothing</title><script>var a = {"id": 1};</script></head><body>',
        f'<nav><a>{page.method}</a><a>Something else</a></nav><main id="body-content"><h1>A title</h1>',
        f'<div class="bar"><span>{page.method}</span></div><div>'
        + "".join(f"<div>/</div><div>{html.escape(step)}</div>" for step in page.path.strip("/").split("/"))
        + "</div>",
        f"<pre><code>{html.escape(curl(page))}\n</code></pre><pre><code>const x = {{\n  a: 1\n}}</code></pre>",
    ]
    if page.example is not NOTHING:
        shown = html.escape(json.dumps(page.example, indent=2)).replace("&quot;", "<span>&quot;</span>")
        parts.append(f"<aside><pre><code>{shown}</code></pre></aside><div><pre><code>{shown}</code></pre></div>")
    parts.append(f"<h4>{tongue.credential}</h4>")
    parts.append(_html_field(PageField(page.credential, "string", required=True, location="header"), tongue))
    for title, fields in _sections(page, tongue):
        parts.append(f"<div><h4>{title}</h4></div>")
        if title == tongue.answer and (len(page.statuses) > 1 or not page.answer):
            parts += [f"<button>{status}</button>" for status in page.statuses]
        parts += [_html_field(each, tongue) for each in fields]
    return "\n".join([*parts, "<footer>POST /v9/never</footer></main></body></html>"])


def _html_field(each: PageField, tongue: Tongue) -> str:
    marks = "".join(f'<div data-component-part="field-pill">{html.escape(mark)}</div>' for mark in _marks(each, tongue))
    options = ", ".join(f"<code>{html.escape(str(value))}</code>" for value in each.options)
    shown = "" if each.example is NOTHING else html.escape(json.dumps(each.example))
    *above, name = each.name.split(".")
    prefix = f"<span>{'.'.join(above)}.</span>" if above else ""
    return (
        f'<div class="field"><div><a href="#x">\u200b</a><div data-component-part="field-name">{prefix}{name}</div>'
        f'<span data-component-part="field-info-pill"><span>{html.escape(each.type)}</span></span>{marks}</div>'
        f"<div><p>{tongue.prose[0]}, <b>really</b>.</p>"
        + (f"<div>{tongue.options} {options}</div>" if options else "")
        + (f"<div>{tongue.example}<pre><code>{shown}</code></pre></div>" if shown else "")
        + "".join(f"<div>{html.escape(line)}</div>" for line in limits(each, tongue))
        + "</div></div>"
    )


def limits(each: PageField, tongue: Tongue) -> list[str]:
    """The limits of a value, as such sites write them."""
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    low = next((name for name in each.limits if name in ("minimum", "exclusiveMinimum")), None)
    high = next((name for name in each.limits if name in ("maximum", "exclusiveMaximum")), None)
    if low and high:
        below = signs[low].replace(">", "<")
        return [f"{tongue.prose[0]}: {each.limits[low]} {below} x {signs[high]} {each.limits[high]}"]
    if low or high:
        name = str(low or high)
        return [f"{tongue.prose[0]}: x {signs[name]} {each.limits[name]}"]
    lengths = [each.limits.get("minLength"), each.limits.get("maxLength")]
    if None not in lengths:
        return [f"{tongue.prose[0]}: {lengths[0]} - {lengths[1]}"]
    return [f"{label}: {length}" for label, length in zip(tongue.lengths, lengths, strict=True) if length is not None]


def as_markdown(page: ReferencePage, tongue: Tongue) -> str:
    """The page as a converter writes it: a heading for each field, its type and marks in code below."""
    lines = ["# A title", "", f"`{page.method} {page.path}`", "", "```bash", curl(page), "```", ""]
    if page.example is not NOTHING:
        lines += ["```json", json.dumps(page.example, indent=2), "```", ""]
    credential = PageField(page.credential, "string", required=True, location="header")
    for title, fields in (((tongue.credential, [credential])), *_sections(page, tongue)):
        lines += [f"## {title}", ""]
        if title == tongue.answer and (len(page.statuses) > 1 or not page.answer):
            lines += [f"- {status}" for status in page.statuses] + [""]
        for index, each in enumerate(fields):
            marks = " ".join(f"`{mark}`" for mark in (each.type, *_marks(each, tongue)))
            lines += [
                f"### `{each.name}` {marks}" if index % 2 else f"**{each.name}** {marks}",
                "",
                tongue.prose[0],
                "",
            ]
            if each.options:
                lines += [f"{tongue.options} " + ", ".join(f"`{value}`" for value in each.options), ""]
            if each.example is not NOTHING:
                lines += [tongue.example, "", "```json", json.dumps(each.example), "```", ""]
            lines += [line for said in limits(each, tongue) for line in (said, "")]
    return "\n".join(lines)


def curl(page: ReferencePage) -> str:
    """The sample request."""
    lines = [f"curl --request {page.method}", f"  --url {page.server}{page.path}"]
    if page.credential:
        value = f"{page.word} <token>".strip()
        lines.append(f"  --header '{page.credential}: {value}'")
    if page.media == "application/json":
        sent = json.dumps(page.sample, indent=2)
        lines += ["  --header 'Content-Type: application/json'", f"  --data '{sent}'"]
    elif page.media:
        lines.append(f"  --header 'Content-Type: {page.media}'")
        lines += [f"  --form '{name}={value}'" for name, value in page.sample.items()]
    return " \\\n".join(lines)


def _sections(page: ReferencePage, tongue: Tongue) -> list[tuple[str, list[PageField]]]:
    found = [(tongue.parameters, page.parameters), (tongue.body, page.request), (tongue.answer, page.answer)]
    return [(title, fields) for title, fields in found if fields or title == tongue.answer]


def _marks(each: PageField, tongue: Tongue) -> list[Any]:
    marks = [each.location] if each.location == "header" else []
    marks += [f"default: {json.dumps(each.default)}"] if each.default is not NOTHING else []
    marks += [tongue.required] if each.required else []
    return [*marks, *([tongue.deprecated] if each.deprecated else [])]


FORMS: Mapping[str, tuple[str, Callable[[ReferencePage, Tongue], str]]] = {
    "text": ("page.txt", as_text),
    "html": ("page.html", as_html),
    "markdown": ("page.md", as_markdown),
}
