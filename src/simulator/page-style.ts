/** How the simulator's page looks: light and dark, from a phone's width up. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b2230; --soft: #5c6678; --line: #d8dde7; --page: #f4f6fa; --card: #fff; --act: #1a56c4; --bad: #b3261e; --good: #17703a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf3; --soft: #a2acbe; --line: #394354; --page: #12161e; --card: #1b212c; --act: #82b1ff; --bad: #ff8a80; --good: #7ad79b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }
header, main { max-width: 80rem; margin: 0 auto; padding: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: 1rem; margin: 0; } h4 { font-size: .85rem; margin: .9rem 0 .25rem; color: var(--soft); font-weight: 600; }
small, .soft { color: var(--soft); font-size: .85rem; }
main { display: grid; gap: 1rem; padding-top: 0; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); align-items: start; min-width: 0; }
section.card { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.1rem; min-width: 0; overflow-wrap: anywhere; }
.calendar { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: 1rem; }
.bar { display: flex; gap: .75rem; justify-content: space-between; align-items: center; }
ul { list-style: none; margin: 0; padding: 0; }
.event { display: grid; grid-template-columns: 6.6rem 1fr auto; gap: .2rem .6rem; align-items: center; padding: .3rem 0 .3rem .6rem; border-left: 4px solid var(--act); margin: .3rem 0; }
.event.light { border-left-color: var(--line); }
.event time { font-variant-numeric: tabular-nums; font-size: .9rem; }
.tag { display: inline-block; font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; margin-left: .35rem; color: var(--soft); }
.notes li { border-top: 1px solid var(--line); padding: .5rem 0; } .notes li:first-child { border-top: 0; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
button { font: inherit; min-height: 2.4rem; padding: .3rem .9rem; border: 1px solid var(--line); border-radius: .6rem; background: transparent; color: inherit; cursor: pointer; }
button.main { background: var(--act); border-color: var(--act); color: var(--card); font-weight: 600; } button.danger { color: var(--bad); margin-right: auto; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
dialog { width: min(32rem, calc(100vw - 2rem)); border: 1px solid var(--line); border-radius: 1rem; padding: 1.25rem; background: var(--card); color: var(--ink); }
dialog::backdrop { background: rgb(0 0 0 / .45); }
form { display: grid; gap: .8rem; margin-top: .75rem; }
form label { min-width: 0; display: grid; gap: .2rem; font-weight: 600; font-size: .9rem; } form label.line { display: flex; gap: .5rem; align-items: center; }
input, select { font: inherit; font-weight: 400; min-width: 0; width: 100%; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--page); color: inherit; } input[type=checkbox] { width: 1.15rem; height: 1.15rem; accent-color: var(--act); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; }
.actions { display: flex; gap: .6rem; justify-content: flex-end; flex-wrap: wrap; }
@media (max-width: 30rem) { .event { grid-template-columns: 1fr auto; } .event time { grid-column: 1 / -1; } }
`;
