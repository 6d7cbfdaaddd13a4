// SPDX-License-Identifier: Apache-2.0
// Reads the forms, links and text of a page, as far as a person without JavaScript could use them.

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

export function decode(text) {
  return text.replace(/&(#x[0-9a-f]+|#[0-9]+|[a-z]+);/gi, (whole, name) => {
    if (name[0] !== '#') return NAMED[name.toLowerCase()] ?? whole;
    return String.fromCodePoint(/^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10));
  });
}

function attributes(source) {
  const found = {};
  for (const [, name, , quoted, single, bare] of source.matchAll(/([^\s=/>"']+)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] ??= decode(quoted ?? single ?? bare ?? '');
  }
  return found;
}

/** @returns {{forms: object[], links: object[], text: string}} */
export function parse(html) {
  const page = { forms: [], links: [], text: '' };
  const shown = html.replace(/<!--[\s\S]*?-->/g, '').replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, '');
  page.text = decode(shown.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
  let form = null;
  let select = null;
  for (const [, closing, rawName, rest] of shown.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/gi)) {
    const name = rawName.toLowerCase();
    const given = closing ? {} : attributes(rest);
    if (name === 'form') {
      form = closing ? null : { action: given.action ?? '', method: (given.method ?? 'get').toLowerCase(), fields: [], buttons: [] };
      if (form) page.forms.push(form);
    } else if (name === 'a' && !closing && given.href !== undefined) {
      page.links.push(given);
    } else if (!form || closing) {
      continue;
    } else if (name === 'input') {
      const type = (given.type ?? 'text').toLowerCase();
      if (type === 'submit') form.buttons.push(given);
      else if (type !== 'button' && type !== 'reset') form.fields.push({ ...given, type, checked: 'checked' in given });
    } else if (name === 'button' && (given.type ?? 'submit') === 'submit') {
      form.buttons.push(given);
    } else if (name === 'select') {
      select = { name: given.name, type: 'select', value: undefined };
      form.fields.push(select);
    } else if (name === 'option' && select && (select.value === undefined || 'selected' in given)) {
      select.value = given.value;
    }
  }
  return page;
}
