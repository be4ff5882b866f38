import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: { include: ['**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000, pool: 'threads' },
})

export default config
