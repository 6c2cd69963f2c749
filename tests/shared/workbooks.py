"""Workbooks as a spreadsheet saves them (XLSX), as far as anybody reads them."""

import zipfile
from xml.sax.saxutils import escape

SPREAD = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def rows_of(lines):
    """The XML of lines of texts and whole numbers."""

    def cell(value):
        return f"<c><v>{value}</v></c>" if isinstance(value, int) else f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    return "".join("<row>" + "".join(map(cell, line)) + "</row>" for line in lines)


def xlsx(path, sheets, shared=(), styles=""):
    """A workbook of {name: its lines, or the XML of its rows}."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        named = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets))
        out.writestr("xl/workbook.xml", f"<workbook {SPREAD} {RELATION}><sheets>{named}</sheets></workbook>")
        targets = "".join(f'<Relationship Id="r{i}" Type="x" Target="worksheets/s{i}.xml"/>' for i in range(len(sheets)))
        out.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{targets}</Relationships>")
        if shared:
            out.writestr("xl/sharedStrings.xml", f"<sst {SPREAD}>" + "".join(f"<si><t>{text}</t></si>" for text in shared) + "</sst>")
        if styles:
            out.writestr("xl/styles.xml", styles)
        for i, rows in enumerate(sheets.values()):
            rows = rows if isinstance(rows, str) else rows_of(rows)
            out.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet {SPREAD}><sheetData>{rows}</sheetData></worksheet>")
    return path
