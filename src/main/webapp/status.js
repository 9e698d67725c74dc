// The page shows everything without this. With it the page follows what happens: each second it fetches itself anew and
// takes over what differs, node by node, so that focus, scrolling, selection and what was folded out stay as they are.
const EVERY_MILLIS = 1000;
/** Attributes that belong to the visitor, and not to the server. */
const OWN = new Set(["open", "hidden", "tabindex", "data-copied"]);
const said = document.getElementById("said");
const stale = document.getElementById("stale");
const find = document.getElementById("find");
let tag = null;
let skewMillis = 0;

/** Makes a node as another one is; what is marked as our own keeps its text. */
function take(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  for (const name of old.getAttributeNames()) {
    if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const name of fresh.getAttributeNames()) {
    if (!OWN.has(name) && old.getAttribute(name) !== fresh.getAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
  }
  if (!old.classList.contains("own")) takeChildren(old, fresh);
}

function takeChildren(old, fresh) {
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
    if (same) take(same, wanted);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

async function refresh() {
  try {
    const answer = await fetch("/", { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.ok) {
      const text = await answer.text();
      tag = answer.headers.get("ETag");
      show(new DOMParser().parseFromString(text, "text/html"));
    } else if (answer.status !== 304) {
      throw new Error(answer.status === 401 ? "its token is another one now: open the address that it printed" : await answer.text());
    }
    skewMillis = Date.parse(answer.headers.get("Date")) - Date.now() || 0;
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
  take(document.body, fresh.body);
  if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  const page = document.getElementById("page");
  if (page.dataset.newest !== newest) said.textContent = page.dataset.news;
  narrow();
  rove();
}

/** Says how long ago things happened, by the clock of the server. */
function tellTimes() {
  const now = Date.now() + skewMillis;
  for (const time of document.querySelectorAll("time")) {
    const seconds = Math.max(0, Math.round((now - Date.parse(time.dateTime)) / 1000));
    const [amount, unit] = seconds < 60 ? [seconds, "second"] : seconds < 3600 ? [seconds / 60, "minute"]
      : seconds < 86400 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
    const text = seconds < 2 ? "just now" : `${Math.floor(amount)} ${unit}${amount < 2 ? "" : "s"} ago`;
    if (time.textContent !== text) time.textContent = text;
  }
}

/** Narrows the table of variables to the rows that hold what is typed. */
function narrow() {
  const wanted = find.value.toLowerCase();
  for (const row of document.querySelectorAll(".variables tbody tr")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
}

/** Of each section's cells one is reached by the tabulator, the others by arrows. */
function rove() {
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

/** Without the clipboard's API, which browsers keep from pages that come by http from another machine. */
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
  said.textContent = isCopied ? "Copied: " + code.textContent : "It could not be copied: select it by hand.";
  button.toggleAttribute("data-copied", isCopied);
  setTimeout(() => button.removeAttribute("data-copied"), 2000);
});

find.addEventListener("input", narrow);

async function follow() {
  if (!document.hidden) {
    await refresh();
    tellTimes();
  }
  setTimeout(follow, EVERY_MILLIS);
}

document.documentElement.classList.add("live");
rove();
tellTimes();
follow();
