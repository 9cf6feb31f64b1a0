# What the tests' RT starts with. Run once per machine; writes the users' tokens to the file in ACCORD_RT_TOKENS.
use strict; use warnings; use utf8;
use lib '/usr/share/request-tracker5/lib', '/usr/local/share/request-tracker5/lib';
use RT -init;
use JSON;

my $system = RT->SystemUser;
sub ok { my ($id, $message, $what) = @_; die "$what: " . ($message // '') . "\n" unless $id; $id }

my %tokens;
sub token {
    my $user = shift;
    my $token = RT::AuthToken->new(RT::CurrentUser->new($user->Id));
    my ($id, $message, $secret) = $token->Create(Owner => $user->Id, Description => 'tests');
    ok($id, $message, 'token');
    $tokens{ $user->Name } = $secret;
}

my $root = RT::User->new($system);
$root->Load('root');
token($root);

my $agents = RT::Group->new($system);
ok($agents->CreateUserDefinedGroup(Name => 'Agents'), 'group');
my %users;
for my $login (qw(alice bob carol syncbot)) {
    my $user = $users{$login} = RT::User->new($system);
    my $agent = $login ne 'carol';
    ok($user->Create(Name => $login, RealName => ucfirst($login) . ' Test', EmailAddress => "$login\@example.net",
        Password => "$login-password", Privileged => $agent ? 1 : 0), "user $login");
    $agents->AddMember($user->PrincipalId) if $agent;
}
# RT shows people's tokens to nobody: these three act through the API.
$agents->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => RT->System);

my @rights = qw(SeeQueue ShowTicket ShowTicketComments CreateTicket ReplyToTicket CommentOnTicket ModifyTicket OwnTicket
    TakeTicket StealTicket ReassignTicket SeeCustomField ModifyCustomField SetInitialCustomField Watch ShowOutgoingEmail);
my %queues;
for my $name (qw(Alpha Beta Hidden Desk)) {
    my $queue = $queues{$name} = RT::Queue->new($system);
    ok($queue->Create(Name => $name, Lifecycle => $name eq 'Desk' ? 'desk' : 'default'), "queue $name");
    my @who = $name eq 'Hidden' ? ($users{alice}->PrincipalObj) : ($agents->PrincipalObj);
    for my $who (@who) { $who->GrantRight(Right => $_, Object => $queue) for @rights }
    $users{alice}->PrincipalObj->GrantRight(Right => 'DeleteTicket', Object => $queue);
}
# What an agent may see of people beyond their names.
$agents->PrincipalObj->GrantRight(Right => 'SeeCustomField', Object => RT->System);
token($users{$_}) for qw(alice bob syncbot);

my @fields = (
    ['Description', 'TextSingle'], ['Story', 'HTMLSingle'], ['Labels', 'FreeformMultiple'],
    ['External ID', 'FreeformSingle'], ['points', 'FreeformSingle', [], '(?#Digits)^[\d.]*$'],
    ['Severity', 'SelectSingle', [qw(Low Medium High Critical)]], ['Platforms', 'SelectMultiple', [qw(Linux macOS Windows)]],
    ['Notes', 'TextSingle'], ['Go-live', 'DateSingle'], ['When', 'DateTimeSingle'], ['Aliases', 'FreeformMultiple'],
    ['Logo', 'ImageSingle'], ['Host', 'IPAddressSingle'], ['Article', 'WikitextSingle'],
);
for my $one (@fields) {
    my ($name, $type, $values, $pattern) = @$one;
    my $field = RT::CustomField->new($system);
    ok($field->Create(Name => $name, Type => $type, LookupType => 'RT::Queue-RT::Ticket', Pattern => $pattern // '',
        MaxValues => ($type =~ /Multiple/ ? 0 : 1)), "custom field $name");
    my $order = 0;
    $field->AddValue(Name => $_, SortOrder => ++$order) for @{ $values || [] };
    $field->AddToObject(RT::Queue->new($system));
}

# No mails; and a reply opens no ticket by itself, so that tests see what the connector does.
my $scrips = RT::Scrips->new($system);
$scrips->UnLimit;
while (my $scrip = $scrips->Next) {
    $scrip->SetDisabled(1) if $scrip->ActionObj->Name =~ /^(Notify|Autoreply|Send Forward|Auto Open|Open)/i;
}

open my $out, '>', $ENV{ACCORD_RT_TOKENS} or die "tokens: $!\n";
print $out JSON->new->canonical->encode(\%tokens);
close $out;
