/* SPDX-License-Identifier: Apache-2.0 */
/* The look of the page of `yett check --html`. For cli/check_html.c alone. */
#ifndef CLI_CHECK_HTML_STYLE_H
#define CLI_CHECK_HTML_STYLE_H

/* The filters are checkboxes before <main>: no script is needed. Colours have a contrast of 4.5
 * to 1 at least with what is behind them (WCAG 2.1, 1.4.3). */
#define CHECK_HTML_STYLE                                                                           \
    ":root{color-scheme:light dark;--back:#f6f7f9;--box:#fff;--line:#d5d9e0;--text:#1b2027;"       \
    "--dim:#59626f;--shut:#14713a;--open:#b3261e;--if:#8a5300;--unknown:#59626f;"                  \
    "--shut-back:#e3f4e9;--open-back:#fce8e6;--if-back:#fdf0d5;--unknown-back:#e9ebef}\n"          \
    "@media(prefers-color-scheme:dark){:root{--back:#14171c;--box:#1d2127;--line:#39404a;"         \
    "--text:#e8eaee;--dim:#a3acb9;--shut:#7ddb9c;--open:#ff9d94;--if:#ffc766;--unknown:#b9c0cb;"   \
    "--shut-back:#17301f;--open-back:#3f1a18;--if-back:#3a2b0e;--unknown-back:#2c323b}}\n"         \
    "*{box-sizing:border-box}\n"                                                                   \
    "body{margin:0 auto;max-width:72rem;padding:1.25rem;background:var(--back);"                   \
    "color:var(--text);font:16px/1.5 system-ui,sans-serif;"                                        \
    "overflow-wrap:anywhere}\n"                                                                    \
    "h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}\n"                                    \
    "h2{font-size:1.2rem;margin:2rem 0 .5rem}\n"                                                   \
    "h3{font-size:1rem;margin:0}h4{font-size:1rem;margin:0}\n"                                     \
    "p{margin:.25rem 0}code,.name,.place{font-family:ui-monospace,monospace;font-size:.9em}\n"     \
    ".dim,.place{color:var(--dim)}.place{margin-left:auto}\n"                                      \
    ".sums{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:1rem 0}\n"       \
    ".sums li,.state,.severity{border-radius:.4rem;padding:.1rem .6rem;font-weight:600;"           \
    "white-space:nowrap}\n"                                                                        \
    ".shut>.state,.sums .shut,.done>.severity,.sums .done{color:var(--shut);"                      \
    "background:var(--shut-back)}\n"                                                               \
    ".open>.state,.sums .open,.error>.severity,.sums .error{color:var(--open);"                    \
    "background:var(--open-back)}\n"                                                               \
    ".if>.state,.sums .if,.warning>.severity,.sums .warning{color:var(--if);"                      \
    "background:var(--if-back)}\n"                                                                 \
    ".unknown>.state,.sums .unknown,.note>.severity,.sums .note{color:var(--unknown);"             \
    "background:var(--unknown-back)}\n"                                                            \
    ".filter{display:inline-flex;align-items:center;gap:.4rem;margin-right:1rem;min-height:2rem}"  \
    "\n"                                                                                           \
    ".filter input{width:1.1rem;height:1.1rem}\n"                                                  \
    "body:has(#show-shut:not(:checked)) .door.shut,"                                               \
    "body:has(#show-if:not(:checked)) .door.if,"                                                   \
    "body:has(#show-open:not(:checked)) .door.open,"                                               \
    "body:has(#show-unknown:not(:checked)) .door.unknown{display:none}\n"                          \
    "fieldset{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0;padding:.25rem "      \
    ".75rem}\n"                                                                                    \
    ".listener,.server,.door,.finding{border:1px solid var(--line);border-radius:.6rem}\n"         \
    ".listener{padding:.75rem;margin:1rem 0}\n"                                                    \
    ".server{background:var(--box);padding:.75rem;margin:.75rem 0 0}\n"                            \
    ".door{border-left-width:.4rem;padding:.4rem .6rem;margin:.5rem 0 0}\n"                        \
    ".door.shut{border-left-color:var(--shut)}.door.open{border-left-color:var(--open)}\n"         \
    ".door.if{border-left-color:var(--if)}.door.unknown{border-left-color:var(--unknown)}\n"       \
    ".line{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem}\n"                  \
    ".name{font-weight:600}\n"                                                                     \
    ".way{margin:.5rem 0 0;padding-left:.75rem;border-left:2px solid var(--line)}\n"               \
    ".way ul,.way ol{margin:.25rem 0;padding-left:1.25rem}\n"                                      \
    ".way "                                                                                        \
    ".place{margin-left:.5rem}.more{margin-top:.5rem}summary{cursor:pointer;color:var(--dim)}\n"   \
    ".finding{background:var(--box);padding:.6rem .75rem;margin:.5rem 0}\n"                        \
    ".finding.done{opacity:.85}\n"                                                                 \
    "@media(max-width:40rem){body{padding:.75rem}.listener,.server{padding:.5rem}"                 \
    ".place{margin-left:0;flex-basis:100%}}\n"                                                     \
    "@media print{fieldset{display:none}.door,.finding{break-inside:avoid}}\n"

#endif
