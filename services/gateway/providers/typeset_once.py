"""A program of its own: one document from standard input to standard output, tagged as PDF/UA-1, and it ends.

Typst keeps some 50 MiB once it has set a page. Here that lasts a tenth of a second and is nobody else's; and whatever a
document does to it, the gateway lives on. Next: `typesetter.py` runs it.
"""

import json
import sys

import typst


def main() -> int:
    """Set `{template, root, fonts, inputs, written_at}` (JSON); `written_at` in Unix seconds is the document's date."""
    asked = json.load(sys.stdin.buffer)
    # only what came with us: a document looks the same wherever it is set
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=asked["fonts"])
    document = typst.Compiler(asked["template"], root=asked["root"], font_paths=fonts, sys_inputs=asked["inputs"])
    try:
        pdf = document.compile(format="pdf", pdf_standards=["ua-1"], timestamp=asked["written_at"])
    except typst.TypstError:
        # a letter that no font has (a name in Chinese) is no reason to give nothing: it is then tagged, but no PDF/UA
        pdf = document.compile(format="pdf", timestamp=asked["written_at"])
    assert isinstance(pdf, bytes)  # noqa: S101 - a PDF is one file, however many pages it has
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
