# The app, from the sources to the few files that it runs from. Build it with `docker compose -f docker-compose.prod.yml build`.
FROM node:22.23.2-bookworm-slim AS build
WORKDIR /build
RUN ["npm", "install", "--global", "pnpm@10.34.9"]
# The packages change less often than the sources: they are a layer of their own.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps/web/package.json apps/web/
COPY apps/embedded/package.json apps/embedded/
RUN ["pnpm", "install", "--frozen-lockfile"]
COPY . .
RUN ["node", "scripts/build.mjs"]

FROM node:22.23.2-bookworm-slim
# One heap for the C side: several keep for themselves what thousands of streams gave back (docs/decisions/0023).
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 MALLOC_ARENA_MAX=1
WORKDIR /app
# Owned by root, run by another: what was broken into cannot change it.
COPY --from=build /build/apps/web/.output ./
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "server/start.mjs"]
