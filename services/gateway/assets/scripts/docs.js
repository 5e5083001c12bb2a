// The page /docs: what /openapi.json says, to be read. Nothing is sent from it: calls need tokens, which belong elsewhere.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("api"),
  supportedSubmitMethods: [],
  validatorUrl: null,
});
