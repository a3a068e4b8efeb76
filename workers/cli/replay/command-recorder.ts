import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

/** Part of the workflow code of an audit alone: hands out every command that the code gives, and changes none. */
export interface CommandSinks extends Sinks {
  readonly audit: { commands(commands: readonly unknown[]): void };
}

const { audit } = proxySinks<CommandSinks>();

/** @public The engine loads it by this name. */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const output = next(input);
        if (output.commands.length > 0) audit.commands(output.commands);
        return output;
      },
    },
  ],
});
