// Nothing here is needed to read the page: it adds sorting to tables and a button that copies.
document.querySelectorAll("table.sortable").forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = head.dataset.sort;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].dataset.value;
      const compare = (a, b) => {
        const [one, other] = [key(a), key(b)];
        return isNaN(one) || isNaN(other) ? one.localeCompare(other) : one - other;
      };
      const rows = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
});
if (navigator.clipboard) {
  document.querySelectorAll("pre[data-copy]").forEach((block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = block.dataset.copy;
    block.after(button);
    button.addEventListener("click", () =>
      navigator.clipboard.writeText(block.textContent).then(() => {
        button.textContent = block.dataset.copied;
      })
    );
  });
}
