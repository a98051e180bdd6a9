// Shows that the registry's settings are read as Confluent's serializers name them, and that mistakes are told where they stand.
import { describe, expect, it } from 'vitest'
import { settingFromFlag } from '../../../core/config.ts'
import { readRegistry } from '../../../loadgen/scenario/registry-settings.ts'

const read = (settings: Readonly<Record<string, string>>) =>
  readRegistry(
    new Map(
      Object.entries(settings).map(([name, value]) => [name, settingFromFlag(name, `--property ${name}`, value)]),
    ),
  )

describe('settings of a schema registry', () => {
  it('none', () => {
    expect(read({})).toEqual({ subjectStrategy: 'topic', problems: [] })
  })

  it('address, credentials, strategy by class name, no registering', () => {
    const settings = {
      'schema.registry.url': 'https://registry:8081',
      'basic.auth.user.info': 'alice:secret',
      'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.TopicRecordNameStrategy',
      'auto.register.schemas': 'false',
    }
    expect(read(settings)).toEqual({
      subjectStrategy: 'topic-record',
      problems: [],
      registry: { url: 'https://registry:8081', userInfo: 'alice:secret', autoRegister: false },
    })
  })

  it('credentials in the address are taken out of it', () => {
    expect(read({ 'schema.registry.url': 'http://alice:p%40ss@registry:8081' }).registry).toEqual({
      url: 'http://registry:8081',
      userInfo: 'alice:p@ss',
      autoRegister: true,
    })
  })

  it('all mistakes at once', () => {
    const { problems } = read({
      'schema.registry.url': 'registry:8081',
      'value.subject.name.strategy': 'MyStrategy',
      'auto.register.schemas': 'perhaps',
    })
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      '--property auto.register.schemas',
      '--property schema.registry.url',
      '--property value.subject.name.strategy',
    ])
  })
})
