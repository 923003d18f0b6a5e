/** `prisma generate` needs no native schema engine: pointing at Node itself keeps it from fetching one. */
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default { schema: 'prisma/schema.prisma', migrations: { path: 'prisma/migrations' } };
