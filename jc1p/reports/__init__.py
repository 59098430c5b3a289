"""The run and the answers as text, JSON, Markdown, HTML, CSV and Prometheus metrics."""
