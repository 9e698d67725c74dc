// Live updates of the status page, which is complete without JavaScript. Fetches the page each second and patches the
// changed nodes only, so that focus, scroll position, selection and open details are kept.
const POLL_MILLIS = 1000;
/** Attributes that the visitor changes; updates from the server do not overwrite them. */
const CLIENT_ATTRIBUTES = new Set(["open", "hidden", "tabindex", "data-copied"]);
const announcement = document.getElementById("announcement");
const stale = document.getElementById("stale");
/** Null on the page of all profiles. */
const find = document.getElementById("find");
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
  if (!old.classList.contains("own")) patchChildren(old, fresh);
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
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  const page = document.getElementById("page");
  if (page.dataset.newest !== newest) announcement.textContent = page.dataset.news;
  filterVariables();
  initRovingTabindex();
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

/** Hides the rows of the table of variables that do not contain the text of the search field. */
function filterVariables() {
  const wanted = find?.value.toLowerCase() ?? "";
  for (const row of document.querySelectorAll(".variables tbody tr")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
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

find?.addEventListener("input", () => {
  for (const fold of document.querySelectorAll(".fold")) fold.open = true;
  filterVariables();
});

async function poll() {
  if (!document.hidden) {
    await refresh();
    showRelativeTimes();
  }
  setTimeout(poll, POLL_MILLIS);
}

document.documentElement.classList.add("live");
initRovingTabindex();
showRelativeTimes();
poll();
