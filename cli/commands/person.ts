import { Command, Option } from 'commander';
import { erasePerson, exportPerson } from '../../db/people.ts';
import { CodedError } from '../../domain/errors.ts';
import { confirm, yesOption } from '../confirm.ts';
import { examples } from '../examples.ts';
import { jsonOption, parseId } from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { printTable } from '../table.ts';
import { describeTarget, withDatabase } from '../with-database.ts';

const SOMEBODY = '6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f';

export function personCommand(): Command {
  const command = new Command('person')
    .description('what is stored about one person: for who asks for it, or asks for it to go')
    .addHelpText('after', examples(`person export --user ${SOMEBODY}`, `person erase --user ${SOMEBODY}`));
  command.addCommand(exportCommand());
  command.addCommand(eraseCommand());
  return command;
}

function exportCommand(): Command {
  return new Command('export')
    .description('print all that is stored about a person as JSON, device tokens included')
    .addOption(userOption())
    .addHelpText('after', examples(`person export --user ${SOMEBODY} > person.json`))
    .action(async ({ user }: { user: string }) => {
      const data = await withDatabase(({ db }) => exportPerson(db, user));
      if (Object.values(data).every((rows) => rows.length === 0)) throw unknown(user);
      printJson({ user_id: user, ...data });
    });
}

function eraseCommand(): Command {
  return new Command('erase')
    .description('delete all that the service stores about a person: records, log, claims, attempts, remembered skips')
    .addOption(userOption())
    .addOption(yesOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
What the organisation stores (users, activities, certifications, devices, preferences) is deleted with the row of users,
and so is everything else. For a person whose row stays, the service forgets what they were sent: while they are an
active peer mentor, the next sweep may send it again.
${examples(`person erase --user ${SOMEBODY}`, `person erase --user ${SOMEBODY} --yes --json`)}`,
    )
    .action(async ({ user, yes, json }: { user: string; yes: boolean; json: boolean }) => {
      await confirm(`person erase: this deletes all that the service stores about ${user} in ${describeTarget()}`, yes);
      const { erased, isUser } = await withDatabase(async ({ db }) => ({
        erased: await erasePerson(db, user),
        isUser: (await db.selectFrom('users').select('id').where('id', '=', user).execute()).length > 0,
      }));
      if (!isUser && Object.values(erased).every((rows) => rows === 0)) throw unknown(user);
      if (json) return printJson({ user_id: user, erased, is_still_a_user: isUser });
      printTable(['table', 'rows deleted'], Object.entries(erased));
      if (isUser) printLine('their row of users is still there: what the organisation stores goes with it');
    });
}

function userOption(): Option {
  return new Option('-u, --user <id>', 'user id of the person').argParser(parseId('a user')).makeOptionMandatory();
}

function unknown(user: string): CodedError {
  return new CodedError('E_PERSON_UNKNOWN', `--user: nothing is stored about ${user} in this database`, {
    fix: 'check the id and DATABASE_URL',
  });
}
