// The page /docs: what /openapi.json says, to be read. Nothing is sent from it: calls need tokens, which belong elsewhere.
const page = document.getElementById("api");

// What Swagger UI leaves out for those who hear the page, again whenever it has drawn something.
function mend() {
  page.querySelector(".information-container")?.setAttribute("role", "region");
  page.querySelector(".information-container")?.setAttribute("aria-label", "About");
  for (const heading of page.querySelectorAll("h3.opblock-tag")) heading.setAttribute("aria-level", "2");
  for (const heading of page.querySelectorAll("h4")) heading.setAttribute("aria-level", "3");
  for (const table of page.querySelectorAll("table[role=region]")) table.removeAttribute("role");
  for (const field of page.querySelectorAll("select:not([aria-label])")) {
    field.setAttribute("aria-label", field.closest("tr")?.dataset.paramName ?? "Media type");
  }
}

new MutationObserver(mend).observe(page, { childList: true, subtree: true });
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: page,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
