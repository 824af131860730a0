"""Workbooks in their plainest form, as small programs write them."""

import io
import zipfile

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets, dates=()):
    """Bytes of an .xlsx with these rows of text and numbers; first numbers of `dates` are dates."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{k}" r:id="r{k}"/>' for k, name in enumerate(names, 1)
    )
    related = "".join(
        f'<Relationship Id="r{k}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{k}.xml"/>'
        for k in range(1, len(names) + 1)
    )
    styles = f'<Relationship Id="rs" Type="{OFFICE}/styles" Target="styles.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}'
        f"{styles}</Relationships>",
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs count="2"><xf/><xf numFmtId="22"/></cellXfs>'
        "</styleSheet>",
    }
    for k, name in enumerate(names, 1):
        rows = "".join(_row(n, row, name in dates) for n, row in enumerate(sheets[name], 1))
        parts[f"xl/worksheets/sheet{k}.xml"] = (
            f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


def _row(number, row, dated):
    cells = "".join(_cell(f"{'ABC'[k]}{number}", v, dated and k == 0) for k, v in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(place, value, date):
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{int(date)}"><v>{float(value)!r}</v></c>'
