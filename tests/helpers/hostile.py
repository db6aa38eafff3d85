"""Markdown that tries to run something in whatever shows it."""

RUNNING = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b onclick=alert(1)>x</b>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "[x](javascript:alert(1)) [y](JaVaScRiPt&colon;alert(1)) [z](data:text/html;base64,PHM+)",
    "[x](vbscript:x) <javascript:alert(1)> ![x](javascript:alert(1))",
    "[x](https://x.org/\"onmouseover=alert(1)) [y](https://x.org '\"><script>alert(1)</script>')",
    "</style><script>alert(1)</script>",
    "</div></div><script>alert(1)</script>",
    "`<script>`alert(1)`</script>`",
    "{{c1::<script>alert(1)</script>::</span><script>}} x",
    "$</p><script>alert(1)</script>$",
    '```html"><script>alert(1)</script>\n<script>alert(1)</script>\n```',
    "<b\n>x</b\n> <!--><script>alert(1)</script>-->",
    "| <script> | a |\n|---|---|\n| </script> | b |",
)
