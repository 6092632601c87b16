// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {DealChecks} from "./checks/DealChecks.sol";
import {MoneyChecks} from "./checks/MoneyChecks.sol";
import {UnitChecks} from "./checks/UnitChecks.sol";
import {Clock} from "./handler/Clock.sol";

/// @title Which actions forge may call, and how often each comes up
abstract contract Menu is UnitChecks, DealChecks, MoneyChecks, Clock {
    /// @notice Selectors; what others wait for stands in the list several times.
    function actions() external pure returns (bytes4[] memory list) {
        bytes memory packed = bytes.concat(_aboutData(), _aboutRequests(), _aboutVotes(), _aboutMoney(), _aboutRest());
        list = new bytes4[](packed.length / 4);
        for (uint256 i = 0; i < packed.length; ++i) {
            list[i / 4] |= bytes4(packed[i]) >> (8 * (i % 4));
        }
    }

    function _aboutData() private pure returns (bytes memory packed) {
        packed = bytes.concat(
            this.contribute.selector,
            this.contributeFor.selector,
            this.contributeBatch.selector,
            this.contributeTooMuch.selector,
            this.withdraw.selector,
            this.leaveAll.selector,
            this.delegate.selector
        );
        packed = bytes.concat(packed, this.seal.selector, this.attest.selector, _times(4, this.receipt.selector));
        packed = bytes.concat(packed, _times(3, this.confirmHandover.selector));
    }

    function _aboutRequests() private pure returns (bytes memory packed) {
        packed = bytes.concat(
            _times(2, this.request.selector),
            this.cancel.selector,
            this.acceptCounter.selector,
            this.decline.selector,
            _times(2, this.acceptOffer.selector),
            _times(2, this.settle.selector)
        );
        packed = bytes.concat(
            packed,
            this.refund.selector,
            this.sweepFees.selector,
            _times(2, this.openDispute.selector),
            this.rule.selector,
            this.endDispute.selector
        );
    }

    function _aboutVotes() private pure returns (bytes memory packed) {
        packed = bytes.concat(
            _times(2, this.proposeCounter.selector),
            this.proposeOffer.selector,
            _times(2, this.proposeSmuggling.selector),
            this.proposeOther.selector,
            _times(2, this.proposeCommittee.selector),
            _times(3, this.proposeAboutLicence.selector),
            _times(7, this.vote.selector),
            _times(6, this.advance.selector),
            _times(2, this.hurry.selector),
            this.veto.selector
        );
        packed = bytes.concat(
            packed,
            this.bury.selector,
            this.callStrike.selector,
            _times(3, this.pledge.selector),
            this.unpledge.selector,
            this.pause.selector
        );
    }

    function _aboutMoney() private pure returns (bytes memory packed) {
        packed = bytes.concat(
            _times(2, this.voucher.selector),
            this.takeMinimum.selector,
            this.fundMeter.selector,
            this.closeMeter.selector,
            this.takeMeterBond.selector,
            this.payRoyalty.selector
        );
        packed = bytes.concat(
            packed,
            this.deposit.selector,
            this.claim.selector,
            this.claimMany.selector,
            this.setPayee.selector,
            this.blockMember.selector
        );
    }

    function _aboutRest() private pure returns (bytes memory packed) {
        packed = bytes.concat(
            this.collect.selector,
            this.sweepReserve.selector,
            this.payKeeper.selector,
            this.waitSeconds.selector,
            _times(2, this.waitMinutes.selector),
            this.waitAnHour.selector
        );
        packed = bytes.concat(packed, this.waitDays.selector);
    }

    function _times(uint256 count, bytes4 selector) private pure returns (bytes memory packed) {
        for (uint256 i = 0; i < count; ++i) {
            packed = bytes.concat(packed, selector);
        }
    }
}
