"use strict";

// Everything is on the page already; this only hides what is not asked for, and copies.

const form = document.getElementById("filter");
const groups = [...document.querySelectorAll(".group")].map((section) => ({
  section,
  count: section.querySelector(".count"),
  entries: [...section.querySelectorAll(".entry")].map((article) => ({
    article,
    facts: article.dataset,
    words: [...article.querySelectorAll(".name, .code")]
      .map((part) => part.textContent.toLowerCase())
      .join(" "),
  })),
}));

function filter() {
  const asked = new FormData(form);
  const words = asked.get("words").toLowerCase().split(/\s+/);
  const isAsked = ({ facts, words: own }) =>
    ["outcome", "severity", "kind"].every((of) => !asked.get(of) || asked.get(of) === facts[of]) &&
    words.every((word) => own.includes(word));
  let shown = 0;
  let all = 0;
  for (const { section, count, entries } of groups) {
    const kept = entries.filter(isAsked);
    for (const { article } of entries) article.hidden = true;
    for (const { article } of kept) article.hidden = false;
    section.hidden = kept.length === 0;
    const some = kept.length < entries.length;
    count.textContent = some ? `${kept.length} of ${entries.length}` : `${entries.length}`;
    shown += kept.length;
    all += entries.length;
  }
  say(shown === all ? `All ${all} shown` : `${shown} of ${all} shown`);
}

function say(text) {
  form.querySelector("output").textContent = text;
}

function showAll() {
  form.reset();
  filter();
}

function fold() {
  const all = [...document.querySelectorAll(".entry details")];
  const open = !all.some((one) => one.open);
  for (const one of all) one.open = open;
}

// What a link leads to must not stay hidden.
function reveal() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target && target.closest("[hidden]")) {
    showAll();
    target.scrollIntoView();
  }
}

function select(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(button) {
  const code = button.parentElement.querySelector("pre");
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
    say("Copied");
  } catch {
    select(code); // where the browser forbids it, a key press remains
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = "Copy"), 2500);
}

function addCopyButtons() {
  for (const snippet of document.querySelectorAll(".snippet")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${snippet.dataset.what}`);
    snippet.append(button);
    snippet.classList.add("copies");
  }
  document.addEventListener("click", (event) => {
    if (event.target.className === "copy") copy(event.target);
  });
}

function listen() {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("[name=clear]").addEventListener("click", showAll);
  const folds = form.querySelector("[name=fold]");
  folds.hidden = !document.querySelector(".entry details");
  folds.addEventListener("click", fold);
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    if (event.target.closest('a[href^="#"]')) setTimeout(reveal); // the same link twice
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.words.focus();
    }
  });
  addCopyButtons();
  filter(); // a browser may bring back what was typed before
  reveal();
}

if (form) listen();
