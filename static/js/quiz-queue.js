// Answers on their way to the server, in order. They wait in the browser's storage until the server has
// acknowledged them, so a reload, a dead connection or a closed lid loses none.

const RETRY = [1000, 2000, 5000, 10000, 20000];

export class AnswerQueue {
  // tell(state, detail): "saving", "saved", "offline", "elsewhere", "signed-out", "refused" or "closed"
  constructor({ key, url, sequence, csrf, tell }) {
    this.key = key;
    this.url = url;
    this.sequence = sequence;
    this.csrf = csrf;
    this.tell = tell;
    this.entries = this.#read();
    this.sending = null;
    this.failures = 0;
    window.addEventListener("online", () => this.flush());
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? [];
    } catch {
      return [];
    }
  }

  #write() {
    try {
      if (this.entries.length) localStorage.setItem(this.key, JSON.stringify(this.entries));
      else localStorage.removeItem(this.key);
    } catch {
      // Storage is full or switched off: answers are still sent, they only don't survive a reload.
    }
  }

  // The waiting fields of each question, newest last.
  waiting() {
    return this.entries.map(({ position, fields }) => ({ position, fields }));
  }

  add(position, fields) {
    const last = this.entries.at(-1);
    const entry = { position, fields, token: crypto.getRandomValues(new Uint32Array(4)).join("-"), time: new Date().toISOString() };
    const replaces = last?.position === position && !(this.sending && this.entries.length === 1);
    if (replaces) this.entries[this.entries.length - 1] = entry;
    else this.entries.push(entry);
    this.#write();
    this.flush();
  }

  // Resolves to whether everything has been acknowledged.
  flush() {
    this.sending ??= this.#sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async #sendAll() {
    clearTimeout(this.timer);
    while (this.entries.length) {
      this.tell("saving");
      const done = await this.#send(this.entries[0]);
      if (!done) return false;
    }
    return true;
  }

  async #send(entry) {
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
        keepalive: true,
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
        this.entries.shift();
        this.#write();
        this.tell("saved", answer.at);
        return true;
      case "late":
        // Another page has written since: take its number and send the same answer again after it.
        this.sequence = answer.sequence;
        this.tell("elsewhere");
        return this.#send(entry);
      case "closed":
        this.entries = [];
        this.#write();
        this.tell("closed", answer.result);
        return false;
      case "signed_out":
        return this.#later("signed-out");
      default:
        if (response.status >= 500) return this.#later("offline");
        this.entries.shift();
        this.#write();
        this.tell("refused");
        return false;
    }
  }

  #later(state) {
    this.tell(state);
    this.timer = setTimeout(() => this.flush(), RETRY[Math.min(this.failures, RETRY.length - 1)]);
    this.failures += 1;
    return false;
  }
}
