"""A tab of a browser that shows a page of results."""

from urllib.parse import parse_qs, urlencode


class Page:
    """A tab that shows the page, and what went wrong in it."""

    def __init__(self, browser, page):
        self.address = page.as_uri()
        self.tab = browser.new_page(
            viewport={"width": 1280, "height": 600}, reduced_motion="reduce"
        )
        self.faults = []
        self.requests = []
        self.tab.on(
            "console",
            lambda said: said.type in ("error", "warning") and self.faults.append(said.text),
        )
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.goto(self.address)
        self.ready()

    def ready(self):
        self.tab.wait_for_selector("html[data-ready]", state="attached")

    def open(self, **view):
        self.tab.evaluate("hash => { location.hash = hash; }", urlencode(view, doseq=True))
        self.tab.wait_for_function(
            "order => document.querySelector(`input[name=order][value='${order}']`)?.checked",
            arg=str(view["order"]),
        )

    @property
    def rows(self):
        """Estimator and language of each row of the table, in its order."""
        keys = self.tab.eval_on_selector_all(
            "#cell-table tbody tr", "rows => rows.map(row => row.dataset.key)"
        )
        return [tuple(key.split("~")) for key in keys]

    def text(self, selector):
        return self.tab.inner_text(selector)

    @property
    def said(self):
        """What the address says."""
        return parse_qs(self.tab.evaluate("location.hash.slice(1)"))

    def saved(self, name):
        with self.tab.expect_download() as download:
            self.tab.click(f"[data-csv={name}]")
        return download.value.path().read_text(encoding="utf-8")
