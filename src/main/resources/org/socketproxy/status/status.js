// Live updates of the status page, which is complete without JavaScript. Fetches the page each second and patches the
// changed nodes only, so that focus, scroll position, selection and open details are kept.
const POLL_MILLIS = 1000;
/** Attributes that the visitor changes; updates from the server do not overwrite them. */
const CLIENT_ATTRIBUTES = new Set(["open", "hidden", "tabindex", "data-copied", "aria-sort"]);
const announcement = document.getElementById("announcement");
const stale = document.getElementById("stale");
let tag = null;
let skewMillis = 0;

/** Patches a node to equal another node. Elements of the class "own" keep their children. */
function patch(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of old.getAttributeNames()) {
    if (!CLIENT_ATTRIBUTES.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const name of fresh.getAttributeNames()) {
    if (CLIENT_ATTRIBUTES.has(name)) continue;
    if (old.getAttribute(name) !== fresh.getAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
  }
  if (isSorted(old)) patchSorted(old, fresh);
  else if (!old.classList.contains("own")) patchChildren(old, fresh);
}

/** Returns true for the rows of a table that the visitor has sorted. */
function isSorted(element) {
  return element.nodeName === "TBODY" && element.parentElement.querySelector("[aria-sort]");
}

/** Patches rows with an id, in the order of the visitor. */
function patchSorted(old, fresh) {
  const wanted = new Map([...fresh.children].map((row) => [row.id, row]));
  for (const row of [...old.children]) {
    if (wanted.has(row.id)) patch(row, wanted.get(row.id));
    else row.remove();
    wanted.delete(row.id);
  }
  for (const row of wanted.values()) old.append(document.importNode(row, true));
}

/** Matches children with an id by id, and other children by position and name. */
function patchChildren(old, fresh) {
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let same = at;
    if (wanted.id) {
      same = [...old.children].find((child) => child.id === wanted.id);
    } else if (!at || at.id || at.nodeName !== wanted.nodeName) {
      same = null;
    }
    if (same && same === at) {
      at = at.nextSibling;
    } else {
      old.insertBefore(same ?? document.importNode(wanted, true), at);
    }
    if (same) patch(same, wanted);
  }
  while (at) {
    const surplus = at;
    at = at.nextSibling;
    surplus.remove();
  }
}

async function refresh() {
  try {
    const response = await fetch("/" + location.search, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (response.ok) {
      const text = await response.text();
      tag = response.headers.get("ETag");
      show(new DOMParser().parseFromString(text, "text/html"));
    } else if (response.status !== 304) {
      throw new Error(response.status === 401 ? "the token has changed; open the address that the proxy printed at its start" : await response.text());
    }
    skewMillis = Date.parse(response.headers.get("Date")) - Date.now() || 0;
    stale.hidden = true;
  } catch (failed) {
    if (stale.hidden) stale.textContent = "This page is no longer live: " + (failed instanceof TypeError ? "the proxy does not answer" : failed.message);
    stale.hidden = false;
  }
}

function show(fresh) {
  const focused = document.activeElement;
  const newest = document.getElementById("page").dataset.newest;
  document.title = fresh.title;
  patch(document.body, fresh.body);
  const page = document.getElementById("page");
  if (page.dataset.newest !== newest) announcement.textContent = page.dataset.news;
  filterRows();
  sortTables();
  initRovingTabindex();
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
}

/** Formats with two units at most, such as "2 d 4 h". */
function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return seconds < 60 ? `${seconds} s` : minutes < 60 ? `${minutes} min`
    : hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Shows times as durations relative to the server's clock. */
function showRelativeTimes() {
  const now = Date.now() + skewMillis;
  for (const time of document.querySelectorAll("time")) {
    const age = Math.round((now - Date.parse(time.dateTime)) / 1000);
    const words = duration(Math.abs(age));
    const text = time.hasAttribute("data-age") ? words : Math.abs(age) < 2 ? "just now" : age < 0 ? `in ${words}` : `${words} ago`;
    if (time.textContent !== text) time.textContent = text;
  }
}

/** Hides the rows that do not contain the text of their search field. */
function filterRows() {
  for (const find of document.querySelectorAll("[data-rows]")) {
    const wanted = find.value.toLowerCase();
    for (const row of document.querySelectorAll(find.dataset.rows)) {
      row.hidden = !(row.dataset.find ?? row.textContent).toLowerCase().includes(wanted);
    }
  }
}

/** Makes buttons of the headings of tables that can be sorted, and sorts the rows as the visitor has chosen. */
function sortTables() {
  for (const head of document.querySelectorAll(".sortable th[scope=col]")) {
    if (!head.querySelector("button")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
    }
    if (head.hasAttribute("aria-sort")) sortRows(head);
  }
}

/** Moves only rows that have another place, because moving a row ends a selection in it. */
function sortRows(head) {
  const body = head.closest("table").tBodies[0];
  const key = (row) => row.cells[head.cellIndex].dataset.sort ?? row.cells[head.cellIndex].textContent.trim();
  const sign = head.getAttribute("aria-sort") === "ascending" ? 1 : -1;
  const rows = [...body.rows].sort((one, other) => sign * key(one).localeCompare(key(other), "en", { numeric: true }));
  rows.forEach((row, place) => {
    if (body.rows[place] !== row) body.insertBefore(row, body.rows[place]);
  });
}

/** Roving tabindex: one cell of each section is in the tab order; the arrow keys move between cells. */
function initRovingTabindex() {
  for (const cells of document.querySelectorAll(".cells")) {
    const current = [...cells.children].find((cell) => cell.tabIndex === 0);
    for (const cell of cells.children) cell.tabIndex = cell === current ? 0 : -1;
  }
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest(".cells > .cell");
  const to = { ArrowRight: cell?.nextElementSibling, ArrowLeft: cell?.previousElementSibling,
    Home: cell?.parentElement.firstElementChild, End: cell?.parentElement.lastElementChild }[event.key];
  if (!to) return;
  event.preventDefault();
  cell.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
});

/** Copies without the Clipboard API, which browsers disable on http pages of other machines. */
function copySelected(element) {
  const selection = getSelection();
  selection.selectAllChildren(element);
  const isCopied = document.execCommand("copy");
  selection.removeAllRanges();
  return isCopied;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  const isCopied = copySelected(code) || await navigator.clipboard?.writeText(code.textContent).then(() => true, () => false);
  announcement.textContent = isCopied ? "Copied: " + code.textContent : "Copying failed: select the text and copy it manually.";
  button.toggleAttribute("data-copied", isCopied);
  setTimeout(() => button.removeAttribute("data-copied"), 2000);
});

document.addEventListener("click", (event) => {
  const head = event.target.closest(".sort")?.parentElement;
  if (!head) return;
  const isAscending = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isAscending ? "descending" : "ascending");
  sortRows(head);
});

document.addEventListener("input", (event) => {
  if (!event.target.dataset.rows) return;
  for (const fold of document.querySelectorAll(event.target.dataset.folds ?? "none")) fold.open = true;
  filterRows();
});

async function poll() {
  if (!document.hidden) {
    await refresh();
    showRelativeTimes();
  }
  setTimeout(poll, POLL_MILLIS);
}

document.documentElement.classList.add("live");
sortTables();
initRovingTabindex();
showRelativeTimes();
poll();
