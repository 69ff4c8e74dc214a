// In front of every component: the viewer's language. LANGUAGE, WORDS and FORM stand above, made by the server:
// English texts with their translations, a list of forms for those that have a plural.

function _(text, values = {}) {
  return filled(WORDS[text] ?? text, values);
}

function plural(one, other, count, values = {}) {
  const forms = WORDS[one] ?? [one, other];
  return filled(forms[Math.min(Number(FORM(count)), forms.length - 1)], { count: grouped(count), ...values });
}

function grouped(number) {
  return number.toLocaleString(LANGUAGE === "pseudo" ? "en" : LANGUAGE);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (field, name) => (name in values ? values[name] : field));
}

// What a component has made in its element, once; what the module of another language has left there goes.
function inhabit(element, make) {
  if (element.inhabited?.language !== LANGUAGE) {
    element.inhabited?.part.remove();
    element.inhabited = { language: LANGUAGE, part: make() };
  }
  return element.inhabited.part;
}

// With commas between them.
function listed(parts) {
  return parts.reduce((first, last) => _("{first}, {last}", { first, last }));
}
