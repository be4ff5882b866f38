import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: { include: ['**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, pool: 'threads' },
})

export default config
