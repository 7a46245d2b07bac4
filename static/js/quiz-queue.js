// Answers on their way to the server, in order. Each waits in the browser's storage, under a name of its own, until
// the server has acknowledged it: a reload, a dead connection or a closed lid loses none, and two tabs don't overwrite
// each other's. The last acknowledged answer of each question stays a while too: a page that the server made before it
// was kept, as a reload may bring, takes it from there.

const RETRY = [1000, 2000, 5000, 10000, 20000];
// Browsers refuse larger bodies for requests that may outlive their page.
const LARGEST_KEPT_ALIVE = 48_000;

export class AnswerQueue {
  // tell(state, detail): "saving", "saved", "offline", "elsewhere", "signed-out", "refused" or "closed"
  // acknowledged(position, sequence): an answer of this page is kept as that step
  constructor({ key, url, sequence, csrf, tell, acknowledged = () => {} }) {
    this.key = key;
    this.url = url;
    this.csrf = csrf;
    this.tell = tell;
    this.acknowledged = acknowledged;
    this.entries = this.#stored("wait").sort((one, other) => one.order - other.order);
    this.newer = this.#stored("kept").filter((entry) => entry.sequence > sequence);
    this.#tidy(sequence);
    this.sequence = Math.max(sequence, ...this.newer.map((entry) => entry.sequence));
    this.last = Math.max(0, ...this.entries.map((entry) => entry.order));
    this.sending = null;
    this.left = false;
    this.failures = 0;
    window.addEventListener("online", () => this.flush());
  }

  #stored(kind) {
    const found = [];
    try {
      for (const name of Object.keys(localStorage)) {
        if (!name.startsWith(`${this.key}-${kind}-`)) continue;
        found.push(JSON.parse(localStorage.getItem(name)));
      }
    } catch {
      // Storage is switched off or holds what nobody can read: answers are still sent.
    }
    return found;
  }

  // What the page was made with is not needed here any more, nor what other attempts left.
  #tidy(sequence) {
    for (const { position } of this.#stored("kept").filter((entry) => entry.sequence <= sequence)) {
      this.#store(`kept-${position}`);
    }
    try {
      for (const name of Object.keys(localStorage)) {
        if (/^embark-quiz-.*-kept-/.test(name) && !name.startsWith(this.key)) localStorage.removeItem(name);
      }
    } catch {
      // Nothing is stored then.
    }
  }

  #store(name, value) {
    try {
      if (value === undefined) localStorage.removeItem(`${this.key}-${name}`);
      else localStorage.setItem(`${this.key}-${name}`, JSON.stringify(value));
    } catch {
      // Storage is full or switched off: answers are still sent, they only don't survive a reload.
    }
  }

  // What the page doesn't show yet: answers kept since it was made, then those that wait, newest last.
  missing() {
    return [...this.newer, ...this.entries];
  }

  add(position, fields) {
    const last = this.entries.at(-1);
    const token = crypto.getRandomValues(new Uint32Array(4)).join("-");
    this.last = Math.max(this.last + 1, Date.now());
    const entry = { position, fields, token, order: this.last, time: new Date().toISOString() };
    // Only an answer that was never on its way may be replaced by the next one to the same question.
    if (last?.position === position && !last.tried) this.#forget(this.entries.pop());
    this.entries.push(entry);
    this.#store(`wait-${token}`, entry);
    this.flush();
  }

  #forget(entry) {
    this.#store(`wait-${entry.token}`);
  }

  // Resolves to whether everything has been acknowledged.
  flush() {
    this.sending ??= this.#sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  // The page's form is on its way with every answer: nothing that is older may follow it.
  leave() {
    this.left = true;
    clearTimeout(this.timer);
  }

  // The form didn't leave after all.
  stay() {
    this.left = false;
    this.flush();
  }

  async #sendAll() {
    clearTimeout(this.timer);
    let allKept = true;
    while (this.entries.length && !this.left) {
      this.tell("saving");
      const outcome = await this.#send(this.entries[0]);
      if (outcome === "wait") return false;
      allKept &&= outcome === "kept";
    }
    return allKept && !this.entries.length;
  }

  // "kept", "dropped" (the server will never take it) or "wait" (a later try)
  async #send(entry) {
    entry.tried = true;
    const body = new URLSearchParams(entry.fields);
    body.set("sequence", this.sequence + 1);
    body.set("token", entry.token);
    body.set("client_time", entry.time);
    let response;
    let answer;
    try {
      response = await fetch(this.url, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": this.csrf(), "X-Requested-With": "fetch" },
        redirect: "error",
        keepalive: body.toString().length < LARGEST_KEPT_ALIVE,
        signal: AbortSignal.timeout(15000),
      });
      answer = await response.json();
    } catch {
      return this.#later(response?.status === 403 ? "signed-out" : "offline");
    }
    switch (answer.outcome) {
      case "saved":
      case "repeated":
        this.failures = 0;
        this.sequence = answer.sequence;
        this.#store(`kept-${entry.position}`, { ...entry, sequence: answer.sequence });
        this.#shift();
        this.acknowledged(entry.position, answer.sequence);
        this.tell("saved", answer.at);
        if (answer.seconds_left != null) this.timeLeft?.(answer.seconds_left);
        return "kept";
      case "late":
        // Another page has written since: take its number and send the same answer again after it.
        this.sequence = answer.sequence;
        if (this.left) return "wait";
        this.tell("elsewhere");
        return this.#send(entry);
      case "closed":
        this.clear();
        this.tell("closed", answer.result);
        return "wait";
      case "signed_out":
        return this.#later("signed-out");
      default:
        if (response.status >= 500 || response.status === 429) return this.#later("offline");
        this.#shift();
        this.tell("refused");
        return "dropped";
    }
  }

  #shift() {
    this.#forget(this.entries.shift());
  }

  // The attempt is over: none of it stays in this browser.
  clear() {
    this.entries = [];
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(this.key)) localStorage.removeItem(name);
    } catch {
      // Nothing is stored then.
    }
  }

  #later(state) {
    this.tell(state);
    if (!this.left) this.timer = setTimeout(() => this.flush(), RETRY[Math.min(this.failures, RETRY.length - 1)]);
    this.failures += 1;
    return "wait";
  }
}
