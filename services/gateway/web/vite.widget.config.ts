/** Builds widget.js: one classic script with no imports, so that one <script> tag is all a page needs. */
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    reportCompressedSize: true,
    lib: {
      entry: "widget/src/index.ts",
      formats: ["iife"],
      name: "b2tChatWidget",
      fileName: () => "widget.js",
    },
  },
});
