"""The access review as text, JSON values, Markdown and CSV; its HTML page is in html/review_page.py."""
