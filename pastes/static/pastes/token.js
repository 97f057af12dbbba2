// A link with the owner token after its #, where no server sees it: into the field.

const field = document.getElementById("id_owner_token");

function takeToken() {
  const token = location.hash.slice(1);
  // Anything shorter is a place on the page.
  if (!/^[\w-]{24,}$/.test(token)) return;
  // Off the address bar: it might be copied from there as the paste's link.
  history.replaceState(null, "", location.pathname + location.search);
  if (field) field.value = token;
}

addEventListener("hashchange", takeToken);
takeToken();
