/** GraphiQL as static files of its own, from the package that has it as one page with all in it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';

/** Where the package lies, whose licence goes with the files. */
export const GRAPHIQL_PACKAGE = 'node_modules/@graphql-yoga/render-graphiql';

// No line is longer than half of a small screen.
const EXAMPLE = `# Slotwire speaks GraphQL. Admin fields want
# a header (below, at "Headers"):
# {"Authorization": "Bearer <ADMIN_TOKEN>"}
# The documentation shows them once the schema
# is read again with it (the arrows, below left).
{
  viewer { kind scopes }
}
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Slotwire</title>
    <link rel="icon" href="/assets/graphiql.ico" />
    <link rel="stylesheet" href="/assets/graphiql.css" />
    <script defer src="/assets/graphiql.js"></script>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
  </body>
</html>
`;

const WORKERS = {
  editorWorkerService: 'graphiql-editor.worker.js',
  json: 'graphiql-json.worker.js',
  graphql: 'graphiql-graphql.worker.js',
};

const START = `
self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => '/assets/' + ${JSON.stringify(WORKERS)}[label],
};
`;

/** @param folder of the built pages; it exists. */
export async function writeGraphiql(folder: string): Promise<void> {
  const { js, css, favicon, editorWorkerService, jsonWorker, graphqlWorker } = graphiql;
  const options = JSON.stringify({ title: 'Slotwire', defaultQuery: EXAMPLE });
  const render = `\nYogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), ${options});\n`;
  const files: Record<string, string | Buffer> = {
    'graphiql.html': PAGE,
    'graphiql.css': css,
    'graphiql.js': START + js + render,
    'graphiql.ico': Buffer.from(favicon.replace(/^[^,]*,/, ''), 'base64'),
    [WORKERS.editorWorkerService]: editorWorkerService,
    [WORKERS.json]: jsonWorker,
    [WORKERS.graphql]: graphqlWorker,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}
