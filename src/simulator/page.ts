/** The simulator's page: shows everybody's next two weeks, and changes them by hand. */
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';

export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated calendars</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Simulated calendars</h1>
<small>What Google and Microsoft would hold. Change it, and open booking pages follow. Now: <span id="now" role="status">…</span></small>
</header>
<main id="world"></main>
<dialog id="dialog" aria-labelledby="heading">
<h2 id="heading">Event</h2>
<small id="zone"></small>
<form id="event">
<label>Title <input name="title" autocomplete="off"></label>
<label class="line"><input type="checkbox" name="allDay"> All day</label>
<div class="pair">
<label>Start <input name="start" type="datetime-local" required></label>
<label><span id="endLabel">End</span> <input name="end" type="datetime-local" required></label>
<label>Shows as <select name="showAs"></select></label>
<label>The owner's answer <select name="response"></select></label>
</div>
<p id="problem" class="bad" role="alert"></p>
<div class="actions">
<button type="button" id="delete" class="danger">Delete</button>
<button type="button" id="cancel">Cancel</button>
<button class="main">Save</button>
</div>
</form>
</dialog>
<script>${PAGE_SCRIPT}</script>
</body>
</html>`;
