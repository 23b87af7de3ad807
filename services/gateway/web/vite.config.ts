/** Builds the console and the demo page; the widget has a build of its own (vite.widget.config.ts). */
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Vite's own React plugin is left out on purpose: esbuild turns JSX into calls, and a plugin less is a plugin less to audit.
  esbuild: { jsx: "automatic" },
  server: { host: "127.0.0.1" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // Inlined assets would be data: URLs, which the gateway's content policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // Libraries mark files for servers that render React; there is none here.
      onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning),
      input: { index: "index.html", demo: "demo.html" },
    },
  },
  test: { include: ["{widget,console}/test/**/*.test.ts"], environment: "node" },
});
