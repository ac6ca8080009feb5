"""The look of a report: light and dark as the reader's system is, always light on paper."""

from typing import Final

from fashion_core.figures.palette import DARK, LIGHT, Theme


def _colours(theme: Theme) -> str:
    return (
        f"--text:{theme.text};--muted:{theme.muted};--grid:{theme.grid};"
        f"--background:{theme.background};--surface:{theme.surface};--accent:{theme.accent};"
        f"--mixed-up:{' '.join(map(str, bytes.fromhex(theme.accent[1:])))}"
    )


STYLE: Final = f"""
:root {{ {_colours(LIGHT)}; color-scheme: light; print-color-adjust: exact;
  -webkit-print-color-adjust: exact }}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ {_colours(DARK)}; color-scheme: dark }}
}}
@page {{ size: A4; margin: 14mm 13mm }}
* {{ box-sizing: border-box }}
body {{ margin: 0 auto; padding: 24px 20px; max-width: 1080px; color: var(--text);
  background: var(--background); font: 15px/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums }}
h1 {{ font-size: 1.6rem; line-height: 1.25; margin: 0 0 4px }}
h2 {{ font-size: 1.25rem; margin: 32px 0 10px; padding-top: 14px;
  border-top: 1px solid var(--grid) }}
h3 {{ font-size: 1rem; margin: 18px 0 0 }}
h1, h2, h3 {{ font-weight: 600; break-after: avoid }}
p {{ margin: 6px 0 }}
section:has(.curves), section:has(.matrix) {{ break-inside: avoid }}
.quiet, .small {{ color: var(--muted) }}
.small {{ font-size: .87rem }}
.small b {{ color: var(--text); font-weight: 600 }}
.answer {{ font-size: 1.1rem; font-weight: 600 }}
.tag {{ background: var(--surface); border: 1px solid var(--grid); border-radius: 9px;
  padding: 1px 9px; margin-right: 6px; font-size: .87rem; display: inline-block }}
blockquote {{ margin: 8px 0; padding: 4px 12px; border-left: 3px solid var(--accent) }}
.cards {{ display: grid; gap: 12px; margin-bottom: 12px;
  grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)) }}
.card {{ border: 1px solid var(--grid); border-radius: 6px; padding: 10px 14px;
  break-inside: avoid; font-size: .87rem }}
.card .quiet {{ font-size: .8rem }}
.card strong {{ display: block; font-size: 1.4rem; font-weight: 600; line-height: 1.4 }}
table {{ border-collapse: collapse; font-size: .87rem }}
th, td {{ text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--grid) }}
th {{ font-weight: 600 }}
thead th {{ color: var(--muted); font-weight: 400 }}
.wide {{ overflow-x: auto }}
.matrix {{ break-inside: avoid; overflow-wrap: normal }}
.matrix td {{ text-align: right; padding: 5px 7px; min-width: 42px; border: 1px solid var(--grid) }}
.matrix th {{ white-space: nowrap }}
.matrix thead th {{ height: 86px; padding: 4px; vertical-align: bottom; text-align: right }}
.matrix thead span {{ writing-mode: vertical-rl; transform: rotate(180deg); float: right }}
.matrix thead td {{ border: 0; text-align: left; vertical-align: bottom; font-size: .8rem }}
.matrix .right {{ background: var(--grid) }}
.matrix .none {{ color: var(--muted); opacity: .6 }}
.matrix .edge {{ color: var(--muted); border: 0 }}
.curves {{ display: grid; gap: 8px 24px; grid-template-columns: repeat(auto-fit,
  minmax(min(100%, 340px), 1fr)) }}
svg {{ width: 100%; height: auto; break-inside: avoid; font-size: 12px }}
svg text {{ fill: var(--text) }}
svg .axes text, svg .quiet text {{ fill: var(--muted) }}
svg .grid {{ stroke: var(--grid) }}
svg .mark {{ stroke: var(--muted) }}
svg .ring {{ fill: var(--background); stroke-width: 2.5 }}
article {{ break-inside: avoid }}
.gallery {{ display: flex; flex-wrap: wrap; gap: 10px; margin: 8px 0 }}
figure {{ margin: 0; width: 72px; flex: none; break-inside: avoid }}
figure img {{ width: 56px; height: 56px; image-rendering: pixelated; display: block }}
figcaption {{ font-size: .74rem; line-height: 1.3; color: var(--muted) }}
figcaption span {{ display: block }}
.noted {{ display: flex; gap: 12px; margin: 12px 0; break-inside: avoid }}
footer {{ margin-top: 32px; padding-top: 10px; border-top: 1px solid var(--grid) }}
@media (max-width: 600px) {{
  body {{ padding: 16px 12px }}
  .matrix td {{ padding: 3px 2px; min-width: 0; font-size: .68rem }}
  .matrix th {{ font-size: .68rem; padding-right: 4px }}
  .matrix thead td {{ font-size: .68rem }}
}}
@media print {{
  body {{ padding: 0; max-width: none; font-size: 10.5pt }}
  h2 {{ margin-top: 18px }}
  .cards {{ grid-template-columns: repeat(4, 1fr) }}
  .curves {{ grid-template-columns: 1fr 1fr }}
  .matrix td {{ padding: 3px 5px; min-width: 34px }}
  .wide {{ overflow: visible }}
  .gallery {{ gap: 6px 4px }}
  figure {{ width: 52px }}
  figure img {{ width: 48px; height: 48px }}
  figcaption {{ font-size: 6.5pt }}
}}
"""
