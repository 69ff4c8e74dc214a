// A lab that answers as a test says, for modules that ask one.

import { createServer } from "node:http";

// answer({ route, query, headers, body }): { status, headers, body } or the bytes or JSON of a good answer. Below
// a base path, as behind a proxy; `document.baseURI` is that of a page of the lab.
export async function openLab(t, answer) {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { pathname, searchParams } = new URL(request.url, "http://lab");
    const question = { headers: request.headers, body: Buffer.concat(parts), query: Object.fromEntries(searchParams) };
    const said = await answer({ route: pathname.replace("/base/api/", ""), ...question });
    if (said === undefined) return void request.socket.destroy();
    const { status = 200, headers = {}, body = "" } = said;
    response.writeHead(status, headers).end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  globalThis.document = { baseURI: `http://127.0.0.1:${server.address().port}/base/page` };
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

export const json = (value, status = 200) => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});
