"""Component ids, unique across pages."""


def page_id(page: str, name: str) -> str:
    """Id of a component of a page.

    >>> page_id("segments", "body")
    'segments--body'
    """
    return f"{page}--{name}"
