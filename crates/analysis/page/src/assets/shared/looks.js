// The theme of a page: as the system is set, or as its reader chooses.

/** Joins the button for the theme; `redraw` is called when the colours or the size change. */
export function joinLooks(redraw) {
  const root = document.documentElement;
  const names = { "": "as the system", light: "light", dark: "dark" };
  const next = { "": "dark", dark: "light", light: "" };
  const set = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.getElementById("theme").textContent = `Theme: ${names[theme]}`;
    redraw();
  };
  document
    .getElementById("theme")
    .addEventListener("click", () => set(next[root.dataset.theme ?? ""]));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let before = "";
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme ?? "";
    set("light");
  });
  window.addEventListener("afterprint", () => set(before));
  let timer = 0;
  window.addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(redraw, 100);
  });
}
