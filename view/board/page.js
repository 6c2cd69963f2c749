// Shows what pages.py drew, and gives back what the reader does with it.
//
// What always holds: a page changes at once, from one commit to the next (morph() runs between two frames), and what the
// reader holds stays: focus, selection, scroll, what is unfolded, what a finger is on. Everything chosen stands in the address,
// which is told to the server until its page is there. Nothing is asked of another host. The server draws anew when something
// has changed; how long ago things were grows here by itself.

const ANNOUNCE_AT_MOST_EVERY_MS = 60_000;
const LOOK_FOR_SERVER_EVERY_MS = 10_000;
const TYPING_ENDS_AFTER_MS = 400;
const SCREEN_TURNS_AFTER_MS = 15_000;
const TELL_AGAIN_AFTER_MS = 2_000; // And each time after twice as long: who has much to do is not asked for more …
const TELL_AGAIN_AT_LEAST_EVERY_MS = 30_000; // … and is not left alone.
const HELD_AT_MOST_MS = 5_000;
const CLICK_FOLLOWS_WITHIN_MS = 50; // After a finger was lifted.
const ON_A_PAGE = ["q", "sort", "page", "cols", "lang"]; // What of an address does not make it another page.

let board = null; // There is one in a window.

class Board {
  constructor(parent) {
    this.root = parent.appendChild(document.createElement("div"));
    this.status = parent.appendChild(document.createElement("div"));
    this.status.setAttribute("role", "status");
    this.status.className = "t-unseen";
    this.announcedAt = 0;
    this.away = 0;
    this.told = null; // The address that the server was told of and has not answered yet, since when, and how long that may take.
    this.over = new AbortController();
    const until = { signal: this.over.signal };
    for (const kind of ["click", "change", "submit", "input"]) this.root.addEventListener(kind, (event) => this[kind](event));
    this.root.addEventListener("pointerdown", () => this.hold(HELD_AT_MOST_MS));
    for (const kind of ["pointerup", "pointercancel"]) window.addEventListener(kind, () => this.held && this.hold(CLICK_FOLLOWS_WITHIN_MS), until);
    window.addEventListener("popstate", () => (clearTimeout(this.sending), this.tell()), until);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(() => this.light(), 300), until);
    this.timers = [setInterval(() => this.tick(), 1000), setInterval(() => this.lookForServer(), LOOK_FOR_SERVER_EVERY_MS)];
  }

  // When its place in the window was taken away.
  end() {
    this.over.abort();
    this.timers.forEach(clearInterval);
    for (const timer of [this.announcing, this.turning, this.sending, this.letting]) clearTimeout(timer);
  }

  take(data, trigger) {
    this.trigger = trigger;
    const elsewhere = data.query !== this.data?.query;
    if (same(data.query, location.search)) this.answered();
    else {
      if (!this.told) this.tell(); // A server that was started anew knows the address that the window was opened with.
      if (elsewhere) return; // A page that its reader left before it came. The one that is shown goes on.
    }
    if (this.held || (this.paused && !elsewhere)) this.waiting = data;
    else this.show(data);
  }

  show(data) {
    const before = this.data?.query;
    this.data = data;
    this.waiting = null;
    this.ahead = data.now * 1000 - Date.now();
    const drawn = document.createElement("template");
    drawn.innerHTML = data.html;
    const focused = document.activeElement;
    children(this.root, drawn.content);
    // What went to another place on the page lost the focus on its way.
    if (focused !== document.activeElement && this.root.contains(focused)) focused.focus({ preventScroll: true });
    document.documentElement.lang = data.language;
    this.light();
    this.pausing();
    this.tick();
    this.announce(data.says);
    this.turn();
    if (before === undefined || before === data.query) return;
    if (!this.typing) this.arrive(before, data.query);
    this.typing = false;
  }

  // Another page is read from its beginning, other lines of a table from the table's. Who sorts or searches them stays.
  arrive(from, to) {
    const anew = !same(without(ON_A_PAGE, from), without(ON_A_PAGE, to));
    if (!anew && new URLSearchParams(from).get("page") === new URLSearchParams(to).get("page")) return;
    if (anew) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
    else this.root.querySelector(".t-places")?.scrollIntoView();
    // A link that is still there is another one now; a choice is the same.
    const stays = this.root.contains(document.activeElement) && !document.activeElement.matches("a");
    if (!stays) this.root.querySelector(anew ? ".t-body" : ".t-places .t-scroll")?.focus({ preventScroll: true });
  }

  // What one begins to press stays where it is until one lets go: a click is for what was there when it began.
  hold(ms) {
    this.held = true;
    clearTimeout(this.letting);
    this.letting = setTimeout(() => {
      this.held = false;
      if (this.waiting) this.take(this.waiting, this.trigger);
    }, ms);
  }

  light() {
    const [r, g, b] = (getComputedStyle(document.querySelector(".stApp") ?? document.body).backgroundColor.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
    document.documentElement.classList.toggle("t-dark", 0.2126 * r + 0.7152 * g + 0.0722 * b < 110);
  }

  // A screen reader hears of the newest numbers, and at most once a minute.
  announce(says) {
    if (!says || says === this.said) return;
    clearTimeout(this.announcing);
    const wait = this.announcedAt === 0 ? 0 : this.announcedAt + ANNOUNCE_AT_MOST_EVERY_MS - Date.now();
    this.announcing = setTimeout(() => {
      if (this.announcedAt !== 0) this.status.textContent = says; // What a page says first is read as it is.
      this.said = says;
      this.announcedAt = Date.now();
    }, Math.max(0, wait));
  }

  tick() {
    const now = Date.now() + this.ahead;
    for (const at of this.root.querySelectorAll("time[data-since]")) {
      const said = at.dataset.form.replace("{}", age((now - 1000 * at.dataset.since) / 1000, this.data.ages));
      if (at.textContent !== said) at.textContent = said;
    }
    if (this.told && this.away === 0 && Date.now() - this.told.at >= this.told.wait) this.tell();
  }

  async lookForServer() {
    if (document.hidden) return;
    try {
      const answer = await fetch(new URL("_stcore/health", document.baseURI), { cache: "no-store" });
      this.away = answer.ok ? 0 : this.away + 1;
    } catch {
      this.away += 1;
    }
    this.root.classList.toggle("t-server-away", this.away > 0);
    this.root.dataset.away = this.data?.away ?? "";
  }

  // ---- what the reader does

  // Again until it is answered: the server forgets what it is told while it ends a run for something else, and what is sent
  // while there is no connection goes nowhere.
  tell() {
    const again = this.told?.search === location.search;
    const wait = again ? Math.min(2 * this.told.wait, TELL_AGAIN_AT_LEAST_EVERY_MS) : TELL_AGAIN_AFTER_MS;
    this.told = { search: location.search, at: Date.now(), wait };
    this.root.classList.add("t-asked");
    this.trigger("go", `${location.search} ${Date.now()}`);
  }

  answered() {
    this.told = null;
    this.root.classList.remove("t-asked");
  }

  go(search, replace = false) {
    clearTimeout(this.sending); // Who goes elsewhere is not brought back by what was typed a moment before.
    if (search === location.search || (search === "?" && location.search === "")) return;
    history[replace ? "replaceState" : "pushState"](null, "", search === "?" || search === "" ? location.pathname : search);
    this.tell();
  }

  click(event) {
    const pause = event.target.closest("[data-pause]");
    if (pause) return this.pause();
    const csv = event.target.closest("[data-csv]");
    if (csv) return download(csv.closest("section"), document.title);
    const link = event.target.closest("a[href]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = link.getAttribute("href");
    if (to.startsWith("?")) {
      event.preventDefault();
      this.go(to);
    } else if (to.startsWith("#")) {
      event.preventDefault();
      this.root.querySelector(to)?.scrollIntoView();
    }
  }

  submit(event) {
    const form = event.target.closest("[data-go]");
    if (!form) return;
    event.preventDefault();
    this.send(form);
  }

  change(event) {
    const form = event.target.closest("[data-go]");
    if (form && event.target.tagName === "SELECT") this.send(form);
  }

  input(event) {
    const form = event.target.closest("[data-go]");
    if (!form || event.target.type !== "search") return;
    clearTimeout(this.sending);
    this.sending = setTimeout(() => {
      this.typing = true;
      // What is typed on replaces what was typed before; the page from which one began to search stays to go back to.
      this.send(form, form.dataset.go !== "fresh" || new URLSearchParams(location.search).get("show") === "search");
    }, TYPING_ENDS_AFTER_MS);
  }

  // A form changes what it names, and the page of lines is the first one again; "fresh": only what it names is kept.
  send(form, replace = false) {
    clearTimeout(this.sending);
    const was = new URLSearchParams(location.search);
    const query = form.dataset.go === "fresh" ? new URLSearchParams(was.get("lang") ? { lang: was.get("lang") } : {}) : was;
    if (form.dataset.go !== "keep") query.delete("page");
    const all = new FormData(form);
    for (const name of new Set(all.keys())) {
      const value = all.getAll(name).filter((one) => one !== "").join("\t"); // Of boxes, all that are ticked (address.py).
      value ? query.set(name, value) : query.delete(name);
    }
    this.go(`?${query.toString().replaceAll("%2F", "/")}`, replace);
  }

  pause() {
    this.paused = !this.paused;
    if (!this.paused && this.waiting) this.show(this.waiting);
    this.pausing();
    this.turn();
  }

  pausing() {
    const button = this.root.querySelector("[data-pause]");
    this.root.classList.toggle("t-paused", Boolean(this.paused));
    if (!button) return;
    button.dataset.pauses ||= button.textContent;
    button.textContent = this.paused ? button.dataset.goOn : button.dataset.pauses;
    button.setAttribute("aria-pressed", String(Boolean(this.paused)));
    this.root.dataset.paused = button.dataset.paused;
  }

  // The large screen goes from contest to contest.
  turn() {
    const next = this.root.querySelector("[data-next]")?.dataset.next;
    if (next === this.turnsTo) return;
    this.turnsTo = next;
    clearTimeout(this.turning);
    if (next && !this.paused) this.turning = setTimeout(() => this.go(next, true), SCREEN_TURNS_AFTER_MS);
  }
}

function same(query, search) {
  const [one, other] = [query, search].map((said) => JSON.stringify([...new URLSearchParams(said)].filter(([, value]) => value !== "").sort()));
  return one === other;
}

function without(names, search) {
  const said = new URLSearchParams(search);
  for (const name of names) said.delete(name);
  return said.toString();
}

function age(seconds, ages) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 120) return ages.seconds.replace("{}", s);
  if (s < 7200) return ages.minutes.replace("{m}", Math.floor(s / 60)).replace("{s}", s % 60);
  if (s < 172800) return ages.hours.replace("{h}", Math.floor(s / 3600)).replace("{m}", Math.floor((s % 3600) / 60));
  return ages.days.replace("{}", Math.floor(s / 86400));
}

// Makes `from` say what `to` says, and leaves in place what is the same. Elements with a data-key are known by it.
function children(from, to) {
  const keyed = new Map([...from.children].filter((c) => c.dataset?.key !== undefined).map((c) => [c.dataset.key, c]));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = next.dataset?.key;
    const found = key !== undefined ? keyed.get(key) : at?.dataset?.key === undefined ? at : null;
    if (!found || found.nodeName !== next.nodeName) {
      from.insertBefore(next, at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    if (found.nodeType === Node.TEXT_NODE) {
      if (found.data !== next.data) found.data = next.data;
    } else if (found.nodeType === Node.ELEMENT_NODE) morph(found, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function morph(from, to) {
  // What was chosen elsewhere; what the reader ticks just now stays.
  if (from.type === "checkbox" && from.defaultChecked !== to.defaultChecked) from.checked = to.defaultChecked;
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && !(name === "open" && from.tagName === "DETAILS")) from.removeAttribute(name);
  children(from, to);
  if (document.activeElement === from) return; // The reader is writing in it.
  if (from.tagName === "INPUT" && from.value !== (to.getAttribute("value") ?? "")) from.value = to.getAttribute("value") ?? "";
  if (from.tagName === "SELECT") from.value = to.querySelector("option[selected]")?.value ?? from.value;
}

// The section's table as it stands on the screen. A cell that a spreadsheet would calculate is made text.
function download(section, name) {
  const rows = [...section.querySelectorAll("table tr")].map((row) =>
    [...row.children].map((cell) => {
      const said = cell.dataset.n ?? cell.innerText.replace(/\s+/g, " ").trim();
      const plain = cell.dataset.n === undefined && /^[=+\-@\t\r]/.test(said) ? `'${said}` : said;
      return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
    }).join(",")
  );
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`\ufeff${rows.join("\r\n")}\r\n`], { type: "text/csv" }));
  link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (board === null || !board.root.isConnected) {
    board?.end();
    parentElement.replaceChildren();
    board = new Board(parentElement);
  }
  board.take(data, setTriggerValue);
}
