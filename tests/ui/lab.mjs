// A fake lab that answers as a test wants, for modules that send requests.

import { createServer } from "node:http";

// answer({ route, query, headers, body }): { status, headers, body } or the bytes or JSON of a successful answer. Below
// a base path, as behind a proxy; `document.baseURI` is the address of one of the lab's pages.
export async function openLab(t, answer) {
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { pathname, searchParams } = new URL(request.url, "http://lab");
    const received = { headers: request.headers, body: Buffer.concat(parts), query: Object.fromEntries(searchParams) };
    const given = await answer({ route: pathname.replace("/base/api/", ""), ...received });
    if (given === undefined) return void request.socket.destroy();
    const { status = 200, headers = {}, body = "" } = given;
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
